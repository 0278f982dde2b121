//! Empty. `fhe-math` 0.1.1 names `tfhe-ntt` among its dependencies whether or not its feature `tfhe-ntt`, without which it uses nothing of it, is on. That crate is under BSD-3-Clause-Clear,
//! which grants no patents and is none of the licences that this workspace takes (`deny.toml`): so it is left out. To be deleted with the first `fhe-math` that makes it optional.
#![no_std]
