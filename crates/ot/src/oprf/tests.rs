//! Every way in which an end may be lied to; the RFC's vectors are in [`super::vectors`].

use std::{sync::Arc, time::Duration};

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity};
use jointly_core::{Error, Party, Result, Wire};
use jointly_math::ct::ConstantTimeEq;
use jointly_net::{Ctx, Frame, Mesh, memory, tamper};

use super::{group::Exponent, *};

pub(super) fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

pub(super) fn encodings(elements: &[Element]) -> Vec<String> {
    elements.iter().map(|element| hex::encode(element.as_bytes())).collect()
}

const MODES: [Mode; 3] = [Mode::Oprf, Mode::Voprf, Mode::Poprf];

fn info(mode: Mode) -> &'static [u8] {
    if mode == Mode::Poprf { b"epoch 7" } else { b"" }
}

fn is_cheated(result: Result<Vec<Output>>) -> bool {
    matches!(result, Err(Error::Cheated { check: "the proof that the published key was used", .. }))
}

#[test]
fn both_ends_agree_for_any_batch() {
    for mode in MODES {
        let key = SecretKey::random(mode);
        let (client, evaluator) =
            (Client::new(&key.public().unwrap(), info(mode)).unwrap(), key.evaluator(info(mode)).unwrap());
        for n in [1usize, 2, 33] {
            let inputs: Vec<_> = (0..n).map(|i| vec![i as u8; i * 7]).collect();
            let blinded = client.blind(&inputs).unwrap();
            let answer = evaluator.blind_evaluate(blinded.elements()).unwrap();
            let outputs = client.finalize(&inputs, blinded, &answer).unwrap();
            let direct = evaluator.evaluate(&inputs).unwrap();
            assert!(outputs.iter().zip(&direct).all(|(a, b)| a.ct_eq(b).into()));
            assert_eq!(outputs.len(), n);
        }
    }
}

#[test]
fn prepared_blinds_give_the_same_outputs_and_are_used_once() {
    let key = SecretKey::random(Mode::Voprf);
    let (client, evaluator) = (Client::new(&key.public().unwrap(), b"").unwrap(), key.evaluator(b"").unwrap());
    let inputs: Vec<[u8; 2]> = (0..5).map(|i| [i, 7]).collect();
    let mut prepared = client.prepare(7).unwrap();
    let blinded = client.blind_prepared(&inputs, &mut prepared).unwrap();
    let sent = encodings(blinded.elements());
    let answer = evaluator.blind_evaluate(blinded.elements()).unwrap();
    let outputs = client.finalize(&inputs, blinded, &answer).unwrap();
    assert!(outputs.iter().zip(&evaluator.evaluate(&inputs).unwrap()).all(|(a, b)| a.ct_eq(b).into()));

    assert_eq!(prepared.len(), 2);
    assert!(matches!(client.blind_prepared(&inputs, &mut prepared), Err(Error::Misuse(_))));
    let again = client.blind_prepared(&inputs[..2], &mut prepared).unwrap();
    assert!(prepared.is_empty() && encodings(again.elements()).iter().all(|element| !sent.contains(element)));
    assert_eq!(format!("{prepared:?}"), "Prepared(..)");

    let stranger = Client::new(&SecretKey::random(Mode::Voprf).public().unwrap(), b"").unwrap();
    assert!(matches!(stranger.blind_prepared(&inputs[..0], &mut prepared), Err(Error::Misuse(_))));
    // An answer under another key is caught here too; where there is no proof there are no such blinds.
    let other = SecretKey::random(Mode::Voprf).evaluator(b"").unwrap().blind_evaluate(again.elements()).unwrap();
    assert!(is_cheated(client.finalize(&inputs[..2], again, &other)));
    assert!(Client::unverified().unwrap().prepare(1).is_err());
    let tweaked = SecretKey::random(Mode::Poprf).public().unwrap();
    assert!(Client::new(&tweaked, b"x").unwrap().prepare(1).is_err());
}

#[test]
fn another_key_or_another_public_input_is_caught() {
    for mode in [Mode::Voprf, Mode::Poprf] {
        let (key, other) = (SecretKey::random(mode), SecretKey::random(mode));
        let client = Client::new(&key.public().unwrap(), info(mode)).unwrap();
        let mut evaluators = vec![other.evaluator(info(mode)).unwrap()];
        if mode == Mode::Poprf {
            evaluators.push(key.evaluator(b"epoch 8").unwrap());
        }
        for evaluator in evaluators {
            let blinded = client.blind(&[b"x"]).unwrap();
            let answer = evaluator.blind_evaluate(blinded.elements()).unwrap();
            assert!(is_cheated(client.finalize(&[b"x"], blinded, &answer)), "{mode:?}");
        }
    }
}

#[test]
fn one_wrong_element_of_a_batch_is_caught() {
    let (key, other) = (SecretKey::random(Mode::Voprf), SecretKey::random(Mode::Voprf));
    let client = Client::new(&key.public().unwrap(), b"").unwrap();
    let inputs: Vec<[u8; 1]> = (0..9).map(|i| [i]).collect();
    let blinded = client.blind(&inputs).unwrap();
    let mut answer = key.evaluator(b"").unwrap().blind_evaluate(blinded.elements()).unwrap();
    let wrong = other.evaluator(b"").unwrap().blind_evaluate(&blinded.elements()[4..5]).unwrap();
    answer.elements[4] = wrong.elements[0];
    assert!(is_cheated(client.finalize(&inputs, blinded, &answer)));

    let blinded = client.blind(&inputs).unwrap();
    let mut answer = key.evaluator(b"").unwrap().blind_evaluate(blinded.elements()).unwrap();
    answer.elements.swap(0, 1);
    assert!(is_cheated(client.finalize(&inputs, blinded, &answer)), "answers in another order");
}

#[test]
fn encodings_that_are_no_element_are_refused() {
    let prime = [[0xed].as_slice(), &[0xff; 30], &[0x7f]].concat();
    let mut negative = Element::random(1)[0].as_bytes().to_owned();
    negative[0] |= 1;
    let refused: [[u8; 32]; 4] =
        [RistrettoPoint::identity().compress().to_bytes(), prime.try_into().unwrap(), [0xff; 32], negative];
    for bytes in refused {
        assert!(Element::from_bytes(bytes).is_none());
        assert!(MODES.iter().all(|&mode| PublicKey::from_bytes(mode, &bytes).is_none()));
        let mut wire = Vec::new();
        Element::encode(&Element::random(1), &mut wire);
        wire.extend(bytes);
        assert!(!Element::decode(&wire, &mut Vec::new()));
    }
    let mut wire = Vec::new();
    Element::encode(&Element::random(2), &mut wire);
    let mut back = Vec::new();
    assert!(Element::decode(&wire, &mut back));
    assert_eq!(encodings(&back), [hex::encode(&wire[..32]), hex::encode(&wire[32..])]);
    assert!(!Element::decode(&wire[..63], &mut Vec::new()));
}

#[test]
fn scalars_that_are_zero_or_not_canonical_are_refused() {
    // The group's order, little-endian.
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    for scalar in [[0; 32], [0xff; 32], bytes(order)] {
        assert!(SecretKey::from_bytes(Mode::Voprf, &scalar).is_none());
        assert!(Exponent::from_bytes(&scalar).is_none());
    }
    let (one, order) = (Scalar::ONE.to_bytes(), bytes(order));
    assert!(Proof::decode(&[one, one].concat(), &mut Vec::new()));
    assert!(!Proof::decode(&[one, order].concat(), &mut Vec::new()));
    assert!(!Proof::decode(&[order, one].concat(), &mut Vec::new()));
    assert!(!Proof::decode(&[one, one, one].concat(), &mut Vec::new()));
}

#[test]
fn a_public_input_that_would_give_the_key_away_is_refused() {
    // The key is minus what the public input adds to it.
    let suite = suite::Suite::new(Mode::Poprf).unwrap();
    let m = suite.hash_to_scalar(&[b"Info", &[0, 1], b"x"]);
    let key = SecretKey::from_bytes(Mode::Poprf, &(-m).to_bytes()).unwrap();
    assert!(matches!(key.evaluator(b"x"), Err(Error::Misuse(_))));
    assert!(matches!(Client::new(&key.public().unwrap(), b"x"), Err(Error::Misuse(_))));
    assert!(key.evaluator(b"y").is_ok());
}

#[test]
fn the_rules_of_the_interface_are_kept() {
    let key = SecretKey::random(Mode::Voprf);
    let public = key.public().unwrap();
    assert!(key.evaluator(b"info").is_err() && Client::new(&public, b"info").is_err());
    let (client, evaluator) = (Client::new(&public, b"").unwrap(), key.evaluator(b"").unwrap());
    assert!(evaluator.blind_evaluate(&[]).is_err());
    assert!(client.blind(&[vec![0; 65_536]]).is_err());
    assert!(client.blind(&[vec![0; 65_535]]).is_ok());
    let blinded = client.blind(&[b"x"]).unwrap();
    let answer = Evaluation { proof: None, ..evaluator.blind_evaluate(blinded.elements()).unwrap() };
    assert!(matches!(client.finalize(&[b"x"], blinded, &answer), Err(Error::Misuse(_))));
}

#[test]
fn secrets_are_not_shown() {
    let key = SecretKey::derive(Mode::Voprf, &[7; 32], b"").unwrap();
    let evaluator = key.evaluator(b"").unwrap();
    let blinded = Client::unverified().unwrap().blind(&[b"x"]).unwrap();
    assert_eq!(format!("{key:?} {evaluator:?}"), "SecretKey(Voprf, ..) Evaluator(Voprf, ..)");
    assert_eq!(format!("{blinded:?} {:?}", Exponent::random()), "Blinded(..) Exponent(..)");
    assert_eq!(format!("{:?}", evaluator.evaluate(&[b"x"]).unwrap()), "[Output(..)]");
}

/// Both ends over memory links; every frame passes through `change`, with its sender and its number.
fn run(
    mode: Mode,
    n: usize,
    change: impl Fn(Party, u64, &mut Frame) + Send + Sync + 'static,
) -> [Result<Vec<Output>>; 2] {
    let key = SecretKey::random(mode);
    let client = Client::new(&key.public().unwrap(), info(mode)).unwrap();
    let inputs: Vec<_> = (0..n).map(|i| i.to_le_bytes()).collect();
    let meshes = memory::meshes(2);
    let change: tamper::Tamper = Arc::new(move |place, mut frame| {
        change(place.from, place.count, &mut frame);
        vec![frame]
    });
    let meshes: [Arc<dyn Mesh>; 2] = std::array::from_fn(|i| tamper::tampered(meshes[i].clone(), change.clone()));
    let [server, querier] = meshes.map(|mesh| Ctx::new(mesh, "test", Duration::from_secs(20)));
    let evaluator = key.evaluator(info(mode)).unwrap();
    let serves = async |mut ctx: Ctx| {
        serve(&mut ctx, Party(1), &evaluator, n).await?;
        evaluator.evaluate(&inputs)
    };
    let asks = async |mut ctx: Ctx| query(&mut ctx, Party(0), &client, &inputs).await;
    let both = async { tokio::join!(serves(server), asks(querier)) };
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(both).into()
}

#[test]
fn runs_over_links_in_batches() {
    for mode in MODES {
        for n in if mode == Mode::Voprf { vec![0, 1, 4096, 4100] } else { vec![0, 1] } {
            let [expected, outputs] = run(mode, n, |_, _, _| {}).map(Result::unwrap);
            assert_eq!(outputs.len(), n);
            assert!(outputs.iter().zip(&expected).all(|(a, b)| a.ct_eq(b).into()));
        }
    }
}

#[test]
fn changed_answers_are_the_servers_fault() {
    for mode in [Mode::Voprf, Mode::Poprf] {
        // An element that is another valid one, one that is none, and a changed proof.
        let answer = |count: u64, change: fn(&mut [u8])| {
            let [_, outputs] = run(mode, 3, move |from, at, frame| {
                if (from, at) == (Party(0), count) {
                    change(&mut frame.payload);
                }
            });
            outputs
        };
        let other = answer(0, |bytes| bytes[..32].copy_from_slice(Element::random(1)[0].as_bytes()));
        assert!(matches!(other, Err(Error::Cheated { by: Some(Party(0)), .. })), "{mode:?}");
        let none = answer(0, |bytes| bytes[..32].fill(0));
        assert!(matches!(none, Err(Error::Malformed { from: Party(0), .. })), "{mode:?}");
        let proof = answer(1, |bytes| bytes[5] ^= 1);
        assert!(matches!(proof, Err(Error::Cheated { by: Some(Party(0)), .. })), "{mode:?}");
    }
}

#[test]
fn no_changed_byte_of_any_frame_makes_a_wrong_output() {
    for (mode, (party, count, bytes)) in [Mode::Voprf, Mode::Poprf].into_iter().flat_map(|mode| {
        let frames = [(Party(1), 0u64, 64), (Party(0), 0, 64), (Party(0), 1, 64)];
        frames.map(|frame| (mode, frame))
    }) {
        for byte in 0..bytes {
            let [_, outputs] = run(mode, 2, move |from, at, frame| {
                if (from, at) == (party, count) {
                    frame.payload[byte] ^= 1 << (byte % 8);
                }
            });
            assert!(outputs.is_err(), "{mode:?}: byte {byte} of frame {count} from {party}");
        }
    }
}
