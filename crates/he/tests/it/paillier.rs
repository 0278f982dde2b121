//! Paillier: sums and multiples at the bounds, what peers may send, and keys that are none.

use std::sync::LazyLock;

use jointly_core::{Error, Party, Result};
use jointly_he::paillier::{Ciphertext, Layout, Plaintext, PublicKey, SecretKey, Size};

const PEER: Party = Party(3);

static KEY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::generate(Size::Bits2048).unwrap());
static LONG: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::generate(Size::Bits3072).unwrap());

fn encrypt(key: &PublicKey, values: &[i128]) -> Vec<Ciphertext> {
    let plaintexts: Vec<_> = values.iter().map(|value| Plaintext::new(key, *value)).collect();
    key.encrypt(&plaintexts).unwrap()
}

fn decrypt(key: &SecretKey, ciphertexts: &[Ciphertext]) -> Vec<i128> {
    let plaintexts = key.decrypt(ciphertexts).unwrap();
    plaintexts.iter().map(|plaintext| plaintext.value(key.public()).unwrap()).collect()
}

fn malformed<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::Malformed { from: PEER, .. })), "{result:?}");
}

#[test]
fn numbers_come_back_and_add_up() {
    for key in [&*KEY, &*LONG] {
        let public = key.public();
        let values = [0, 1, -1, 7, i128::MAX, i128::MIN, i128::from(i64::MIN)];
        let ciphertexts = encrypt(public, &values);
        assert_eq!(decrypt(key, &ciphertexts), values);
        assert_eq!(decrypt(key, &[public.sum(&ciphertexts[..4]).unwrap()]), [7]);
        assert_eq!(decrypt(key, &[public.sum([]).unwrap()]), [0]);
        assert_eq!(decrypt(key, &[public.add(&ciphertexts[4], &ciphertexts[5]).unwrap()]), [-1]);
        for factor in [0, 1, -1, 3, i64::MAX, i64::MIN] {
            let scaled = public.vartime_scale(&ciphertexts[3], factor).unwrap();
            assert_eq!(decrypt(key, &[scaled]), [7 * i128::from(factor)]);
        }
        let constant = public.constant(&Plaintext::new(public, 100)).unwrap();
        assert_eq!(decrypt(key, &[public.add(&ciphertexts[2], &constant).unwrap()]), [99]);
    }
}

#[test]
fn what_rerandomising_gives_looks_new_and_is_the_same() {
    let public = KEY.public();
    let ciphertexts = encrypt(public, &[5, 5]);
    let again = public.rerandomise(&ciphertexts).unwrap();
    assert_eq!(decrypt(&KEY, &again), [5, 5]);
    let encoded = public.encode_ciphertexts(&[ciphertexts, again].concat()).unwrap();
    let encoded: Vec<_> = encoded.chunks(public.ciphertext_bytes()).collect();
    assert!((0..4).all(|i| (0..i).all(|j| encoded[i] != encoded[j])));
}

#[test]
fn prepared_randomisers_serve() {
    let public = KEY.public();
    let plaintexts: Vec<_> = (0..70).map(|value| Plaintext::new(public, value)).collect();
    let ciphertexts = public.encrypt_prepared(&plaintexts, public.prepare(70).unwrap()).unwrap();
    assert_eq!(decrypt(&KEY, &ciphertexts), (0..70).collect::<Vec<_>>());
    assert!(matches!(public.encrypt_prepared(&plaintexts, public.prepare(69).unwrap()), Err(Error::Misuse(_))));
}

#[test]
fn ciphertexts_are_sent_in_one_way_only() {
    let public = KEY.public();
    let bytes = public.encode_ciphertexts(&encrypt(public, &[3, -4])).unwrap();
    let decoded = public.decode_ciphertexts(PEER, &bytes, 2).unwrap();
    assert_eq!(public.encode_ciphertexts(&decoded).unwrap(), bytes);
    assert_eq!(decrypt(&KEY, &decoded), [3, -4]);
    assert!(public.decode_ciphertexts(PEER, &[], 0).unwrap().is_empty());

    malformed(public.decode_ciphertexts(PEER, &bytes, 1));
    malformed(public.decode_ciphertexts(PEER, &bytes, usize::MAX));
    malformed(public.decode_ciphertexts(PEER, &bytes[1..], 2));
    malformed(public.decode_ciphertexts(PEER, &[0xff; 512], 1));
    malformed(public.decode_ciphertexts(PEER, &[0; 512], 1));
    let mut multiple = vec![0; 512];
    multiple[256..].copy_from_slice(public.modulus());
    malformed(public.decode_ciphertexts(PEER, &multiple, 1));
    let prime = KEY.to_bytes().unwrap();
    multiple[256..].fill(0);
    multiple[384..].copy_from_slice(&prime.expose()[..128]);
    malformed(public.decode_ciphertexts(PEER, &[&bytes[..], &multiple].concat(), 3));
}

#[test]
fn ciphertexts_of_another_key_are_not_mixed_in() {
    let other = &encrypt(LONG.public(), &[1])[0];
    let mine = &encrypt(KEY.public(), &[1])[0];
    assert!(matches!(KEY.public().add(mine, other), Err(Error::Misuse(_))));
    assert!(matches!(KEY.decrypt(std::slice::from_ref(other)), Err(Error::Misuse(_))));
    assert!(matches!(KEY.public().encrypt(&[Plaintext::new(LONG.public(), 1)]), Err(Error::Misuse(_))));
}

#[test]
fn a_published_key_serves_a_peer() {
    for (key, size) in [(&*KEY, Size::Bits2048), (&*LONG, Size::Bits3072)] {
        let public = PublicKey::decode(PEER, size, key.publish()).unwrap();
        assert_eq!(decrypt(key, &encrypt(&public, &[-12])), [-12]);
        assert_eq!(public.encode(), key.publish());
    }
}

#[test]
fn a_key_with_anything_changed_is_refused() {
    let good = KEY.publish();
    let decode = |bytes: &[u8]| PublicKey::decode(PEER, Size::Bits2048, bytes);
    malformed(decode(&good[1..]));
    malformed(PublicKey::decode(PEER, Size::Bits3072, good));
    let changed = |at: usize, bit: u8| {
        let mut bytes = good.to_vec();
        bytes[at] ^= bit;
        bytes
    };
    malformed(decode(&changed(0, 0x80)));
    malformed(decode(&changed(255, 1)));
    // Another n is refused for a small factor or for the proof; each root of the proof counts.
    assert!(decode(&changed(100, 4)).is_err());
    for root in 1..=11 {
        for at in [256 * root + 5, 256 * root + 255] {
            assert!(matches!(decode(&changed(at, 1)), Err(Error::Cheated { by: Some(PEER), .. })));
        }
        let mut swapped = good.to_vec();
        swapped[256 * root..256 * (root + 1)].fill(0xff);
        assert!(matches!(decode(&swapped), Err(Error::Cheated { by: Some(PEER), .. })));
    }
}

#[test]
fn a_key_is_stored_and_read_again() {
    let bytes = KEY.to_bytes().unwrap();
    let again = SecretKey::from_bytes(Size::Bits2048, bytes.expose()).unwrap();
    assert_eq!(again.publish(), KEY.publish());
    assert_eq!(decrypt(&again, &encrypt(KEY.public(), &[77])), [77]);
    assert_eq!(format!("{again:?}"), "SecretKey(Bits2048, ..)");

    let refused =
        |bytes: &[u8]| assert!(matches!(SecretKey::from_bytes(Size::Bits2048, bytes), Err(Error::Refused(_))));
    refused(&bytes.expose()[1..]);
    refused(&[0xff; 256]);
    refused(&[0; 256]);
    let p = &bytes.expose()[..128];
    refused(&[p, p].concat());
    let mut near = bytes.expose().clone();
    near[127] ^= 4;
    refused(&near);
}

#[test]
fn packed_values_do_not_run_into_each_other() {
    for (value_bits, growth_bits) in [(1, 0), (10, 5), (63, 17), (32, 8)] {
        for layout in [Layout::new, Layout::maskable] {
            let layout = layout(Size::Bits2048, value_bits, growth_bits).unwrap();
            let most = ((1i128 << value_bits) - 1) as i64;
            let values: Vec<i64> = (0..3 * layout.slots()).map(|i| [most, -most, 0, -1][i % 4]).collect();
            let factor = (1i64 << growth_bits) - 1;
            let packed = layout.encrypt(KEY.public(), &values).unwrap();
            let scaled: Vec<_> =
                packed.iter().map(|p| layout.vartime_scale(KEY.public(), p, -factor).unwrap()).collect();
            let sums = scaled.iter().zip(&packed).map(|(s, p)| layout.add(KEY.public(), s, p).unwrap());
            let sums: Vec<_> = sums.map(|p| p.ciphertext().clone()).collect();
            let expected: Vec<i128> = values.iter().map(|v| i128::from(*v) * i128::from(1 - factor)).collect();
            assert_eq!(layout.decrypt(&KEY, &sums, values.len()).unwrap(), expected);
            assert_eq!(layout.decrypt(&KEY, &sums[..1], 1).unwrap(), expected[..1]);
            assert!(matches!(layout.decrypt(&KEY, &sums, 1), Err(Error::Misuse(_))));
        }
    }
}

#[test]
fn what_could_overflow_is_refused() {
    let layout = Layout::new(Size::Bits2048, 10, 2).unwrap();
    let public = KEY.public();
    let one = layout.encrypt(public, &[1023]).unwrap().remove(0);
    let four = layout.vartime_scale(public, &one, 4).unwrap();
    for over in [layout.add(public, &four, &one), layout.vartime_scale(public, &one, -5)] {
        assert!(matches!(over, Err(Error::Refused(_))));
    }
    assert!(matches!(layout.vartime_scale(public, &four, i64::MIN), Err(Error::Refused(_))));
    assert!(matches!(layout.encrypt(public, &[1024]), Err(Error::Misuse(_))));
    assert!(matches!(layout.encrypt(public, &[i64::MIN]), Err(Error::Misuse(_))));
    assert!(matches!(layout.pack(public, &vec![0; layout.slots() + 1]), Err(Error::Misuse(_))));
    assert!(matches!(layout.pack(LONG.public(), &[1]), Err(Error::Misuse(_))));
    assert!(matches!(layout.mask(public, &one), Err(Error::Misuse(_))));
    for (value_bits, growth_bits) in [(0, 5), (64, 0), (63, 18), (1, u32::MAX)] {
        assert!(matches!(Layout::new(Size::Bits2048, value_bits, growth_bits), Err(Error::Refused(_))));
    }
}

#[test]
fn masks_leave_shares() {
    let layout = Layout::maskable(Size::Bits2048, 20, 10).unwrap();
    let values: Vec<i64> = (0..layout.slots() as i64).map(|i| [1_048_575, -1_048_575, i][i as usize % 3]).collect();
    let packed = layout.encrypt(KEY.public(), &values).unwrap().remove(0);
    let scaled = layout.vartime_scale(KEY.public(), &packed, 1000).unwrap();
    let (masked, mine) = layout.mask(KEY.public(), &scaled).unwrap();
    let theirs = layout.decrypt(&KEY, &[masked], values.len()).unwrap();
    for ((mine, theirs), value) in mine.iter().zip(&theirs).zip(&values) {
        assert_eq!(mine + theirs, i128::from(*value) * 1000);
    }
    // 71 bits: that all masks are short has a probability below 2^-600.
    assert!(theirs.iter().any(|share| share.unsigned_abs() >> 50 != 0));
    assert!(mine.iter().all(|mask| *mask <= 0 && mask.unsigned_abs() >> 71 == 0));
}
