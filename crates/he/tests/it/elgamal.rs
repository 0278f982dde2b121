//! Counts under a key of several parties.

use jointly_core::{Error, Party, Wire};
use jointly_he::elgamal::{Ciphertext, LARGEST, Logarithms, Opening, PublicKey, PublicShare, SecretShare, open};

const SESSION: [u8; 32] = [9; 32];

fn parties(n: u16) -> (Vec<SecretShare>, PublicKey) {
    let secrets: Vec<_> = (0..n).map(|i| SecretShare::random(SESSION, Party(i)).unwrap()).collect();
    let shares: Vec<_> = secrets.iter().map(|secret| *secret.public()).collect();
    (secrets, PublicKey::combine(SESSION, &shares).unwrap())
}

fn openings(secrets: &[SecretShare], ciphertexts: &[Ciphertext]) -> Vec<Vec<Opening>> {
    secrets.iter().map(|secret| secret.open(ciphertexts).unwrap()).collect()
}

fn encoded<T: Wire>(value: T) -> Vec<u8> {
    let mut bytes = Vec::new();
    T::encode(&[value], &mut bytes);
    bytes
}

fn decoded<T: Wire>(bytes: &[u8]) -> Option<T> {
    let mut values = Vec::new();
    T::decode(bytes, &mut values).then(|| values.pop()).flatten()
}

#[test]
fn counts_add_up_and_are_opened_by_all() {
    let logarithms = Logarithms::new(1 << 20).unwrap();
    for n in [1, 2, 5] {
        let (secrets, key) = parties(n);
        let c = key.encrypt(&[0, 1, 1000, 1 << 20, 999]).unwrap();
        let results = [c[0], c[3], c[1].add(&c[2]), c[2].subtract(&c[4]), c[4].scale(1000)];
        let results = key.rerandomise(&results).unwrap();
        let opened = open(&key, &results, &openings(&secrets, &results), &logarithms, 1 << 20).unwrap();
        assert_eq!(opened, [0, 1 << 20, 1001, 1, 999_000]);
    }
}

#[test]
fn counts_at_every_edge_of_the_table_are_found() {
    let (secrets, key) = parties(1);
    for most in [0, 1, 2, 99, 65_535, 65_536, 1_000_000] {
        let logarithms = Logarithms::new(most).unwrap();
        let root = most.isqrt();
        let counts = [0, root, root + 1, most.saturating_sub(1), most, most + 1].map(|count| count.min(most + 1));
        for count in counts {
            let ciphertexts = key.encrypt(&[count]).unwrap();
            let opened = open(&key, &ciphertexts, &openings(&secrets, &ciphertexts), &logarithms, most);
            match count <= most {
                true => assert_eq!(opened.unwrap(), [count]),
                false => assert!(matches!(opened, Err(Error::Refused(_)))),
            }
        }
    }
    assert!(matches!(Logarithms::new(LARGEST + 1), Err(Error::Refused(_))));
}

#[test]
fn a_share_with_anything_changed_names_its_party() {
    let secrets: Vec<_> = (0..3).map(|i| SecretShare::random(SESSION, Party(i)).unwrap()).collect();
    let shares: Vec<_> = secrets.iter().map(|secret| *secret.public()).collect();
    let refused = |session: [u8; 32], shares: &[PublicShare], party: u16| {
        let result = PublicKey::combine(session, shares);
        assert!(matches!(result, Err(Error::Cheated { by: Some(p), .. }) if p == Party(party)), "{result:?}");
    };
    // Another session, another party's place, another's point.
    refused([8; 32], &shares, 0);
    refused(SESSION, &[shares[0], shares[0], shares[2]], 1);
    let mut bytes = encoded(shares[1]);
    bytes[..32].copy_from_slice(&encoded(shares[2])[..32]);
    refused(SESSION, &[shares[0], decoded(&bytes).unwrap(), shares[2]], 1);
    for at in 32..96 {
        let mut bytes = encoded(shares[2]);
        bytes[at] ^= 1;
        refused(SESSION, &[shares[0], shares[1], decoded(&bytes).unwrap()], 2);
    }
    assert!(matches!(PublicKey::combine(SESSION, &[]), Err(Error::Misuse(_))));
}

#[test]
fn an_opening_with_anything_changed_names_its_party() {
    let (secrets, key) = parties(2);
    let logarithms = Logarithms::new(100).unwrap();
    let ciphertexts = key.encrypt(&[40, 2]).unwrap();
    let good = openings(&secrets, &ciphertexts);
    assert_eq!(open(&key, &ciphertexts, &good, &logarithms, 100).unwrap(), [40, 2]);
    let refused = |openings: &[Vec<Opening>]| {
        let result = open(&key, &ciphertexts, openings, &logarithms, 100);
        assert!(matches!(result, Err(Error::Cheated { by: Some(Party(1)), .. })), "{result:?}");
    };
    refused(&[good[0].clone(), vec![good[1][1], good[1][0]]]);
    refused(&[good[0].clone(), good[0].clone()]);
    let mut part = encoded(good[1][0]);
    part[..32].copy_from_slice(&encoded(good[1][1])[..32]);
    refused(&[good[0].clone(), vec![decoded(&part).unwrap(), good[1][1]]]);
    for at in 32..96 {
        let mut bytes = encoded(good[1][1]);
        bytes[at] ^= 1;
        refused(&[good[0].clone(), vec![good[1][0], decoded(&bytes).unwrap()]]);
    }
    for wrong in [&good[..1], &[good[0].clone(), good[1][..1].to_vec()]] {
        assert!(matches!(open(&key, &ciphertexts, wrong, &logarithms, 100), Err(Error::Misuse(_))));
    }
}

#[test]
fn all_but_one_party_learn_nothing() {
    let (secrets, key) = parties(3);
    let ciphertexts = key.encrypt(&[7]).unwrap();
    let two: Vec<_> = secrets[..2].iter().map(|secret| *secret.public()).collect();
    let less = PublicKey::combine(SESSION, &two).unwrap();
    let logarithms = Logarithms::new(1000).unwrap();
    let opened = open(&less, &ciphertexts, &openings(&secrets[..2], &ciphertexts), &logarithms, 1000);
    assert!(matches!(opened, Err(Error::Refused(_))));
}

#[test]
fn only_canonical_encodings_are_read() {
    let (secrets, key) = parties(1);
    let ciphertext = key.encrypt(&[3]).unwrap()[0];
    assert_eq!(decoded(&encoded(ciphertext)), Some(ciphertext));
    let share = *secrets[0].public();
    assert_eq!(decoded(&encoded(share)), Some(share));
    let opening = secrets[0].open(&[ciphertext]).unwrap()[0];
    assert_eq!(decoded(&encoded(opening)), Some(opening));

    assert_eq!(decoded::<Ciphertext>(&encoded(ciphertext)[1..]), None);
    assert_eq!(decoded::<Opening>(&encoded(opening)[1..]), None);
    assert_eq!(decoded::<PublicShare>(&encoded(share)[1..]), None);
    for at in [0, 32] {
        // Above the field, and odd: no encoding.
        for bytes in [[0xff; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            let mut changed = encoded(ciphertext);
            changed[at..at + 32].copy_from_slice(&bytes);
            assert_eq!(decoded::<Ciphertext>(&changed), None);
        }
    }
    let mut changed = encoded(opening);
    changed[..32].fill(0xff);
    assert_eq!(decoded::<Opening>(&changed), None);
    let mut zero = encoded(share);
    zero[..32].fill(0);
    assert_eq!(decoded::<PublicShare>(&zero), None);
    // What hides nothing is not opened.
    let nothing = decoded::<Ciphertext>(&[0; 64]).unwrap();
    assert!(matches!(secrets[0].open(&[nothing]), Err(Error::Misuse(_))));
    assert_eq!(format!("{:?}", secrets[0]), "SecretShare(party 0, ..)");
}
