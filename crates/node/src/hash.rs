//! One hash for everything: BLAKE3 under a context that no other use shares, over length-prefixed parts.

/// The hash of `parts` in `context`. Different contexts, or the same bytes cut differently, give unrelated hashes.
pub(crate) fn hash(context: &'static str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn contexts_and_cuts_separate() {
        let all =
            [hash("a", &[b"xy", b"z"]), hash("b", &[b"xy", b"z"]), hash("a", &[b"x", b"yz"]), hash("a", &[b"xyz"])];
        for (i, x) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|y| x != y));
        }
    }
}
