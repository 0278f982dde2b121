use jointly_math::{Prg, Seed};
use jointly_pir::{Shape, Table, query};

fn rows(shape: Shape) -> Vec<Vec<u8>> {
    let mut prg = Prg::new(Seed::random());
    let row = |_| {
        let mut row = vec![0; shape.row_bytes];
        prg.fill_bytes(&mut row);
        row
    };
    (0..shape.rows).map(row).collect()
}

#[test]
fn every_row_comes_back() {
    for (n, row_bytes) in [(5000, 256), (3, 1), (2500, 33)] {
        let shape = Shape { rows: n, row_bytes };
        let rows = rows(shape);
        let table = Table::new(shape, &rows).unwrap();
        let wanted = [0, n - 1, n / 2, 1];
        let (secrets, queries): (Vec<_>, Vec<_>) = wanted.map(|i| query(shape, i).unwrap()).into_iter().unzip();
        let queries: Vec<&[u8]> = queries.iter().map(|q| &q[..]).collect();
        let answers = table.answer(&queries).unwrap();
        for ((secret, answer), i) in secrets.into_iter().zip(answers).zip(wanted) {
            assert_eq!(secret.extract(&answer).unwrap(), rows[i], "row {i} of {n} of {row_bytes} bytes");
        }
    }
}
