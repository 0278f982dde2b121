//! Reports as pages.

use jointly_model::{Coefficient, Evaluation, Grown, Model, Node, Report, Slice, Test, html};

fn report(model: Model) -> Report {
    let part = |i: u64| Slice { rows: 50, positives: i * 4, mean: i as f64 * 0.08 };
    let evaluation = Evaluation {
        auc: 0.8398,
        ks: 0.5417,
        gini: 0.6796,
        parts: (0..10).map(part).collect(),
        confusion: [137, 55, 185, 759],
    };
    let (model, evaluation) = (Some(model), Some(evaluation));
    Report { label: "status".into(), rows: 2450, judged_by: 500, model, deviation: None, evaluation, explained: None }
}

#[test]
fn a_page_shows_coefficients_figures_and_charts() {
    let line = Coefficient {
        column: Some("bank.job=<b>freelance</b>".into()),
        coefficient: -0.001_904_2,
        error: None,
        statistic: Some(5.785),
        p: Some(0.0),
    };
    let page = html("Who repays?", &report(Model::Logistic(vec![line]))).unwrap();
    for there in ["<h1>Who repays?</h1>", "0.8398", "137 hits", "-0.001904", "<td>–</td>", "Calibration", "Gain"] {
        assert!(page.contains(there), "{there}: {page}");
    }
    assert_eq!(page.matches("<svg").count(), 3);
    // Names are text, and nothing is fetched.
    assert!(!page.contains("<b>freelance") && !page.contains("<script") && !page.contains("src="), "{page}");
}

#[test]
fn a_page_shows_trees_as_questions() {
    let levels = vec![
        vec![Node(Some(Test::AtMost("income".into(), 90.0)))],
        vec![Node(None), Node(Some(Test::Is("home".into(), "rent".into())))],
    ];
    let tree = Grown { levels, leaves: vec![0.5, 0.25, -0.125, -0.75] };
    let page = html("Trees", &report(Model::Trees(vec![tree]))).unwrap();
    let lines = [
        "all: income at most 90?\n    yes: 0.2500\n",
        "    no: home is rent?\n        yes: -0.1250\n        no: -0.7500",
    ];
    assert!(
        lines.iter().all(|l| page.contains(l) || page.contains(&l.replace("    yes: 0", "        yes: 0"))),
        "{page}"
    );
}
