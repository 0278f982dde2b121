//! BFV under a key of several parties, and the table of its parameters.

use jointly_core::{Error, Party};
use jointly_he::bfv::{
    Ciphertext, Commitment, KeyShare, MAX_PARTIES, Opening, Params, PublicKey, RelinearisationKey,
    RelinearisationShare, RelinearisationSum, SecretShare, Set, TABLE, open,
};

const SESSION: [u8; 32] = [5; 32];
const PEER: Party = Party(1);

fn parties(params: &Params, n: u16) -> (Vec<SecretShare>, PublicKey) {
    let secrets: Vec<_> = (0..n).map(|_| SecretShare::random(params, SESSION).unwrap()).collect();
    let (commitments, shares) = sent(&secrets);
    (secrets, PublicKey::combine(params, SESSION, &commitments, &shares).unwrap())
}

fn sent(secrets: &[SecretShare]) -> (Vec<Commitment>, Vec<KeyShare>) {
    let shares: Vec<_> = secrets.iter().map(|secret| secret.share().clone()).collect();
    let commitments = (0..).map(Party).zip(&shares).map(|(p, share)| share.commitment(&SESSION, p)).collect();
    (commitments, shares)
}

fn relinearisation(params: &Params, secrets: &[SecretShare]) -> RelinearisationKey {
    let rounds: Vec<_> = secrets.iter().map(|secret| secret.relinearisation().unwrap()).collect();
    let first: Vec<_> = rounds.iter().map(|round| round.share().clone()).collect();
    let commitments: Vec<_> = (0..).map(Party).zip(&first).map(|(p, s)| s.commitment(&SESSION, p)).collect();
    let sum = RelinearisationSum::combine(params, &SESSION, &commitments, &first).unwrap();
    let second: Vec<_> = rounds.into_iter().map(|round| round.second(&sum).unwrap()).collect();
    RelinearisationKey::combine(params, sum, &second).unwrap()
}

fn opened(secrets: &[SecretShare], ciphertext: &Ciphertext) -> Vec<i64> {
    let parts: Vec<_> = secrets.iter().map(|secret| secret.open(ciphertext).unwrap()).collect();
    open(ciphertext, &parts).unwrap()
}

#[test]
fn sums_come_out_at_the_bounds() {
    let params = Params::new(Set::Sums).unwrap();
    for n in [1, 3] {
        let (secrets, key) = parties(&params, n);
        let largest = params.largest() as i64;
        let values: Vec<i64> = (0..params.slots() as i64).map(|i| [largest, -largest, 0, i][i as usize % 4]).collect();
        let a = key.encrypt(&values).unwrap();
        assert!(opened(&secrets, &a) == values);
        let b = key.encrypt(&values.iter().map(|v| -v).collect::<Vec<_>>()).unwrap();
        assert!(opened(&secrets, &a.add(&b).unwrap()).iter().all(|v| *v == 0));
        let mut sum = key.encrypt(&[1, -2]).unwrap();
        for _ in 0..20 {
            sum = sum.add(&sum).unwrap();
        }
        assert_eq!(opened(&secrets, &sum)[..3], [1 << 20, -2 << 20, 0]);
        assert!(matches!(key.encrypt(&[largest + 1]), Err(Error::Misuse(_))));
        assert!(matches!(key.encrypt(&vec![0; params.slots() + 1]), Err(Error::Misuse(_))));
    }
}

#[test]
fn products_come_out() {
    let params = Params::new(Set::Product).unwrap();
    let (secrets, key) = parties(&params, 3);
    let relinearisation = relinearisation(&params, &secrets);
    let (x, y): (Vec<i64>, Vec<i64>) = (0..params.slots() as i64).map(|i| (i % 700 - 350, i % 500 - 250)).unzip();
    let (a, b) = (key.encrypt(&x).unwrap(), key.encrypt(&y).unwrap());
    let product = relinearisation.multiply(&a, &b).unwrap();
    let expected: Vec<i64> = x.iter().zip(&y).map(|(x, y)| x * y).collect();
    assert!(opened(&secrets, &product) == expected);
    let more = product.add(&a).unwrap();
    let expected: Vec<i64> = expected.iter().zip(&x).map(|(p, x)| p + x).collect();
    assert!(opened(&secrets, &more) == expected);
    // One product is what these parameters have room for.
    assert!(matches!(relinearisation.multiply(&product, &a), Err(Error::Misuse(_))));
}

#[test]
fn deep_parameters_have_room_for_three_products() {
    let params = Params::new(Set::Deep).unwrap();
    let (secrets, key) = parties(&params, 2);
    let relinearisation = relinearisation(&params, &secrets);
    let mut power = key.encrypt(&[3, -1, 17]).unwrap();
    for _ in 0..3 {
        power = relinearisation.multiply(&power, &power).unwrap();
    }
    assert_eq!(opened(&secrets, &power)[..4], [6561, 1, 6_975_757_441, 0]);
    assert!(matches!(relinearisation.multiply(&power, &power), Err(Error::Misuse(_))));
}

#[test]
fn noise_without_room_for_the_flood_is_not_opened() {
    let params = Params::new(Set::Sums).unwrap();
    let (secrets, key) = parties(&params, 1);
    let mut sum = key.encrypt(&[0]).unwrap();
    while sum.room() >= 0.0 {
        sum = sum.add(&sum).unwrap();
    }
    assert!(matches!(secrets[0].open(&sum), Err(Error::Misuse(_))));
}

#[test]
fn without_one_party_nothing_comes_out() {
    let params = Params::new(Set::Sums).unwrap();
    let (secrets, key) = parties(&params, 3);
    let values: Vec<i64> = (0..params.slots() as i64).collect();
    let ciphertext = key.encrypt(&values).unwrap();
    let parts: Vec<_> = secrets[..2].iter().map(|secret| secret.open(&ciphertext).unwrap()).collect();
    let seen = open(&ciphertext, &parts).unwrap();
    // Each slot is right with probability 2^-40.
    assert!(seen.iter().zip(&values).filter(|(seen, value)| seen == value).count() < 5);
}

#[test]
fn a_share_other_than_the_one_committed_to_names_its_party() {
    let params = Params::new(Set::Sums).unwrap();
    let secrets: Vec<_> = (0..3).map(|_| SecretShare::random(&params, SESSION).unwrap()).collect();
    let (commitments, shares) = sent(&secrets);
    let mut wrong = shares.clone();
    wrong[1] = shares[0].clone();
    let refused = |session: [u8; 32], shares: &[KeyShare], party: u16| {
        let result = PublicKey::combine(&params, session, &commitments, shares);
        assert!(matches!(result, Err(Error::Cheated { by: Some(p), .. }) if p == Party(party)), "{result:?}");
    };
    refused(SESSION, &wrong, 1);
    refused([6; 32], &shares, 0);
    assert!(matches!(PublicKey::combine(&params, SESSION, &commitments[..2], &shares), Err(Error::Misuse(_))));
    let many = vec![shares[0].clone(); MAX_PARTIES + 1];
    let commitments = vec![commitments[0]; MAX_PARTIES + 1];
    assert!(matches!(PublicKey::combine(&params, SESSION, &commitments, &many), Err(Error::Misuse(_))));

    let rounds: Vec<_> = secrets.iter().map(|secret| secret.relinearisation().unwrap()).collect();
    let first: Vec<_> = rounds.iter().map(|round| round.share().clone()).collect();
    let mut commitments: Vec<_> = (0..).map(Party).zip(&first).map(|(p, s)| s.commitment(&SESSION, p)).collect();
    commitments[2].0[0] ^= 1;
    let sum = RelinearisationSum::combine(&params, &SESSION, &commitments, &first);
    assert!(matches!(sum.err(), Some(Error::Cheated { by: Some(Party(2)), .. })));
}

#[test]
fn only_canonical_encodings_are_read() {
    let params = Params::new(Set::Product).unwrap();
    let (secrets, key) = parties(&params, 1);
    let ciphertext = key.encrypt(&[42]).unwrap();
    let bytes = ciphertext.encode();
    let again = Ciphertext::decode_fresh(&params, PEER, &bytes).unwrap();
    assert_eq!(again.encode(), bytes);
    assert_eq!(opened(&secrets, &again)[0], 42);
    let opening = secrets[0].open(&ciphertext).unwrap().encode(&params);
    let part = Opening::decode(&params, PEER, &opening).unwrap();
    assert_eq!(open(&ciphertext, &[part]).unwrap()[0], 42);
    let share = secrets[0].share().as_bytes();
    assert_eq!(KeyShare::decode(&params, PEER, share).unwrap().as_bytes(), share);
    let round = secrets[0].relinearisation().unwrap();
    let round = round.share().as_bytes();
    assert_eq!(RelinearisationShare::decode(&params, PEER, round).unwrap().as_bytes(), round);

    // A coefficient that is its prime.
    let above = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[..6].copy_from_slice(&params.entry().moduli[0].to_le_bytes()[..6]);
        bytes
    };
    let malformed = |result: Option<Error>| assert!(matches!(result, Some(Error::Malformed { from: PEER, .. })));
    let shorter = |bytes: &[u8]| bytes[1..].to_vec();
    let empty = |_: &[u8]| Vec::new();
    for change in [&above as &dyn Fn(&[u8]) -> Vec<u8>, &shorter, &empty] {
        malformed(Ciphertext::decode_fresh(&params, PEER, &change(&bytes)).err());
        malformed(Opening::decode(&params, PEER, &change(&opening)).err());
        malformed(KeyShare::decode(&params, PEER, &change(share)).err());
        malformed(RelinearisationShare::decode(&params, PEER, &change(round)).err());
    }
}

#[test]
fn parameters_are_not_mixed() {
    let (sums, product) = (Params::new(Set::Sums).unwrap(), Params::new(Set::Product).unwrap());
    let (secrets, key) = parties(&sums, 1);
    let (_, other) = parties(&product, 1);
    let (a, b) = (key.encrypt(&[1]).unwrap(), other.encrypt(&[1]).unwrap());
    assert!(matches!(a.add(&b), Err(Error::Misuse(_))));
    assert!(matches!(secrets[0].open(&b).err(), Some(Error::Misuse(_))));
}

#[test]
fn the_table_keeps_to_the_standard() {
    // "Homomorphic encryption security standard" (2018), table 1: degree, largest log q at 128 bits, classical.
    const STANDARD: [(usize, u32); 6] = [(1024, 27), (2048, 54), (4096, 109), (8192, 218), (16384, 438), (32768, 881)];
    let prime = |n: u64| {
        let odd = (3..).step_by(2).take_while(|d| d * d <= n);
        n % 2 == 1 && odd.into_iter().all(|d: u64| !n.is_multiple_of(d))
    };
    for entry in TABLE {
        let largest = STANDARD.iter().find(|(degree, _)| *degree == entry.degree).unwrap().1;
        let bits: f64 = entry.moduli.iter().map(|q| (*q as f64).log2()).sum();
        assert_eq!((entry.largest_bits, entry.security), (largest, 128));
        assert_eq!(bits.ceil() as u32, entry.modulus_bits);
        assert!(entry.modulus_bits <= largest);
        assert!(entry.moduli.iter().chain([&entry.plain]).all(|q| q % (2 * entry.degree as u64) == 1 && prime(*q)));
        assert!((0..entry.moduli.len()).all(|i| !entry.moduli[..i].contains(&entry.moduli[i])));
        assert_eq!(64 - entry.plain.leading_zeros(), entry.plain_bits);
        assert!(entry.depth > 0 || entry.set == Set::Sums);
    }
}
