//! Matrices of fixed-point numbers, row by row.

use jointly_core::Result;
use jointly_gadget::Fixed;
use jointly_share::{Engine, Secret};

/// The n×m transpose of an m×n matrix. Local.
pub(crate) fn transpose(e: &dyn Engine, x: &Secret, [m, n]: [usize; 2]) -> Result<Secret> {
    let places: Vec<u32> = (0..n).flat_map(|j| (0..m).map(move |i| (i * n + j) as u32)).collect();
    e.gather(x, &places)
}

/// The product of an m×k and a k×n matrix of which it is known that no entry exceeds `bound`, however large sums of products of such entries could be: shares
/// add up to the right value all the same. Cut to `frac` bits, or as many as there are.
pub(crate) async fn product(
    e: &mut dyn Engine,
    x: &Fixed,
    y: &Fixed,
    [m, k, n]: [usize; 3],
    bound: f64,
    frac: u32,
) -> Result<Fixed> {
    let product = e.matmul(&x.secret, &y.secret, m, k, n).await?;
    let product = Fixed::new(product, x.frac + y.frac, bound)?;
    product.rescale(e, frac.min(x.frac + y.frac)).await
}

/// The same numbers, divided by 2^`bits`: nothing is computed.
pub(crate) fn halved(x: Fixed, bits: u32) -> Result<Fixed> {
    Fixed::new(x.secret, x.frac + bits, x.bound / 2f64.powi(bits as i32))
}

/// The diagonal of a d×d matrix. Local.
pub(crate) fn diagonal(e: &dyn Engine, x: &Secret, d: usize) -> Result<Secret> {
    e.gather(x, &(0..d).map(|i| (i * d + i) as u32).collect::<Vec<_>>())
}

/// `value` on the diagonal of a d×d matrix, else 0.
pub(crate) fn identity(e: &dyn Engine, d: usize, value: f64, frac: u32) -> Result<Fixed> {
    let mut entries = vec![0.0; d * d];
    entries.iter_mut().step_by(d + 1).for_each(|x| *x = value);
    Fixed::public(e, &entries, frac)
}

/// Each value `k` times: x₀, x₀, …, x₁, … Local.
pub(crate) fn stretch(e: &dyn Engine, x: &Secret, k: usize) -> Result<Secret> {
    e.gather(x, &(0..x.len() * k).map(|i| (i / k) as u32).collect::<Vec<_>>())
}

/// All of it `k` times: x₀, x₁, …, x₀, x₁, … Local.
pub(crate) fn tile(e: &dyn Engine, x: &Secret, k: usize) -> Result<Secret> {
    e.concat(&vec![x; k])
}
