//! x
use jointly_math::*;
fn main(){ let cuts=[usize::MAX,500,usize::MAX,500,500];
 for n in [256usize,1000] { let mut p=Prg::new(Seed::from_bytes([1;16])); let (a,b)=(p.words(n*n),p.words(n*n)); let mut best=[f64::MAX;5]; let mut med=vec![vec![];5];
  let reps = if n<=256 {200} else if n<=512 {60} else if n<=1024 {20} else {5};
  for _ in 0..reps { for (i,c) in cuts.iter().enumerate() { let t=std::time::Instant::now(); std::hint::black_box(jointly_math::matmul::matmul_cut(*c,&a,&b,n)); let e=t.elapsed().as_secs_f64(); best[i]=best[i].min(e); med[i].push(e); } }
  for i in 0..5 { med[i].sort_by(f64::total_cmp); println!("n={n} cut {:20} best {:.2} med {:.2} GMAC/s", cuts[i], (n as f64).powi(3)/best[i]/1e9, (n as f64).powi(3)/med[i][reps/2]/1e9); } } }
