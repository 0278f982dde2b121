//! Bytes and times of the private fetch for tables of 2^14 rows and more, of 256 bytes. The largest logarithm is the argument (20).

use std::{error::Error, time::Instant};

use jointly_pir::{Shape, Table, query};

fn main() -> Result<(), Box<dyn Error>> {
    let largest = std::env::args().nth(1).map_or(Ok(20), |arg| arg.parse::<u32>())?;
    println!("log₂ rows   query B  answer B   prepare s   query ms   answer ms   of four ms   extract ms   memory MB");
    for log in (14..=largest).step_by(2) {
        let shape = Shape { rows: 1 << log, row_bytes: 256 };
        let (table, prepare) = timed(|| Table::new(shape, (0..shape.rows).map(row)));
        let table = table?;
        let wanted = shape.rows / 3;
        let (made, asking) = timed(|| query(shape, wanted));
        let (secret, query) = made?;
        let (mut answers, mut answering) = timed(|| table.answer(&[&query]));
        for _ in 0..4 {
            let (again, time) = timed(|| table.answer(&[&query]));
            (answers, answering) = (again, answering.min(time));
        }
        let answer = answers?.remove(0);
        let (four, of_four) = timed(|| table.answer(&[&query[..]; 4]));
        let (got, extracting) = timed(|| secret.extract(&answer));
        assert!(got? == row(wanted) && four?.len() == 4);
        println!(
            "{log:9} {:9} {:9} {prepare:11.2} {:10.1} {:11.1} {:12.1} {:12.2} {:11}",
            query.len(),
            answer.len(),
            1e3 * asking,
            1e3 * answering,
            1e3 * of_four,
            1e3 * extracting,
            table.layout().memory() >> 20,
        );
    }
    Ok(())
}

fn row(i: usize) -> [u8; 256] {
    std::array::from_fn(|j| ((i * 256 + j) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0])
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let out = work();
    (out, start.elapsed().as_secs_f64())
}
