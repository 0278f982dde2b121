//! A certificate that was written once is judged alike for ever, on every machine.

mod dependencies;
mod program;

use jointly_circuit::{Function, expr};
use jointly_judge::{Deed, Flaw, Verdict, judge};

const CERTIFICATE: &[u8] = include_bytes!("../data/cheated.cert");
const DEFINITION: &str = include_str!("../data/less.txt");

fn function(text: &str) -> Function {
    expr::compile(text, &[]).unwrap().function
}

/// The keys of the garbler and of its accuser.
fn keys() -> [[u8; 32]; 2] {
    let key = |text: &str| std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap());
    [include_str!("../data/keys/bank.key"), include_str!("../data/keys/bureau.key")].map(key)
}

#[test]
fn it_convicts_the_garbler() {
    let [garbler, _] = keys();
    let verdict = judge(CERTIFICATE, &function(DEFINITION), &keys());
    assert_eq!(verdict, Verdict::Guilty { garbler, how: Deed::Circuit });
}

/// Where it is called does not matter: a task of an asynchronous runtime gets only so many messages at a time.
#[test]
fn it_ends_within_a_task_of_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for _ in 0..100 {
            assert!(matches!(judge(CERTIFICATE, &function(DEFINITION), &keys()), Verdict::Guilty { .. }));
        }
    });
}

#[test]
fn it_is_about_one_function_and_two_parties() {
    let other = function(&DEFINITION.replace('<', "<="));
    assert_eq!(judge(CERTIFICATE, &other, &keys()), Verdict::Invalid(Flaw::OtherFunction));
    let [garbler, accuser] = keys();
    assert_eq!(judge(CERTIFICATE, &function(DEFINITION), &[accuser]), Verdict::Invalid(Flaw::UnknownGarbler(garbler)));
    assert_eq!(judge(CERTIFICATE, &function(DEFINITION), &[garbler]), Verdict::Invalid(Flaw::UnknownAccuser(accuser)));
}

#[test]
fn with_any_byte_changed_it_is_invalid() {
    let function = function(DEFINITION);
    for i in 0..CERTIFICATE.len() {
        let mut changed = CERTIFICATE.to_vec();
        changed[i] ^= 1 << (i % 8);
        assert!(matches!(judge(&changed, &function, &keys()), Verdict::Invalid(_)), "byte {i}");
    }
    assert_eq!(judge(&CERTIFICATE[..562], &function, &keys()), Verdict::Invalid(Flaw::Unreadable));
}
