//! RFC 9497 appendix A.1, and every way in which an end may be lied to.

use std::{path::Path, sync::Arc, time::Duration};

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity};
use jointly_core::{Error, Party, Private, Result, Wire};
use jointly_math::ct::ConstantTimeEq;
use jointly_net::{Ctx, Frame, Mesh, memory, tamper};

use super::{group::Exponent, *};

/// A vector: inputs, blinds and so on stand in the order of the batch.
struct Vector<'a> {
    mode: Mode,
    seed: &'a str,
    key_info: &'a str,
    secret: &'a str,
    public: Option<&'a str>,
    info: &'a str,
    inputs: Vec<&'a str>,
    blinds: Vec<&'a str>,
    blinded: Vec<&'a str>,
    evaluated: Vec<&'a str>,
    outputs: Vec<&'a str>,
    /// The proof, and the random scalar that it was made with.
    proof: Option<(&'a str, &'a str)>,
}

impl Vector<'_> {
    fn check(&self) {
        let key = SecretKey::derive(self.mode, &bytes(self.seed), &hex::decode(self.key_info).unwrap()).unwrap();
        assert_eq!(hex::encode(key.to_bytes().expose()), self.secret);
        assert!(SecretKey::from_bytes(self.mode, &bytes(self.secret)).is_some());
        let public = key.public().unwrap();
        if let Some(encoding) = self.public {
            assert_eq!(hex::encode(public.as_bytes()), encoding);
        }
        let info = hex::decode(self.info).unwrap();
        let inputs: Vec<_> = self.inputs.iter().map(|input| hex::decode(input).unwrap()).collect();
        let blinds = self.blinds.iter().map(|r| Scalar::from_canonical_bytes(bytes(r)).unwrap()).collect();

        let client = Client::new(&public, &info).unwrap();
        let evaluator = key.evaluator(&info).unwrap();
        let blinded = client.blind_with(&inputs, Private::new(blinds)).unwrap();
        assert_eq!(encodings(blinded.elements()), self.blinded);
        let random = self.proof.map_or(Exponent::random(), |(_, r)| Exponent::from_bytes(&bytes(r)).unwrap());
        let answer = evaluator.blind_evaluate_with(blinded.elements(), &random).unwrap();
        assert_eq!(encodings(&answer.elements), self.evaluated);
        let mut proof = Vec::new();
        Proof::encode(&answer.proof.into_iter().collect::<Vec<_>>(), &mut proof);
        assert_eq!(hex::encode(&proof), self.proof.map_or("", |(proof, _)| proof));

        let shown = |outputs: Vec<Output>| -> Vec<_> { outputs.iter().map(|o| hex::encode(o.as_bytes())).collect() };
        assert_eq!(shown(client.finalize(&inputs, blinded, &answer).unwrap()), self.outputs);
        assert_eq!(shown(evaluator.evaluate(&inputs).unwrap()), self.outputs);
    }
}

fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn encodings(elements: &[Element]) -> Vec<String> {
    elements.iter().map(|element| hex::encode(element.as_bytes())).collect()
}

const SEED: &str = "a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3";
const BLINDS: [&str; 2] = [
    "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
    "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
];
const RANDOM: &str = "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c";

#[test]
fn oblivious_vector() {
    Vector {
        mode: Mode::Oprf,
        seed: SEED,
        key_info: "74657374206b6579",
        secret: "5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e",
        public: None,
        info: "",
        inputs: vec!["00"],
        blinds: vec![BLINDS[0]],
        blinded: vec!["609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c"],
        evaluated: vec!["7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e"],
        outputs: vec![
            "527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3\
             ab9135e3bd69955851de4b1f9fe8a0973396719b7912ba9ee8aa7d0b5e24bcf6",
        ],
        proof: None,
    }
    .check();
}

#[test]
fn verifiable_vector() {
    Vector {
        mode: Mode::Voprf,
        seed: SEED,
        key_info: "74657374206b6579",
        secret: "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909",
        public: Some("c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"),
        info: "",
        inputs: vec!["00", "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"],
        blinds: BLINDS.to_vec(),
        blinded: vec![
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
        ],
        evaluated: vec![
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
        ],
        outputs: vec![
            "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d\
             a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c",
            "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60\
             356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6",
        ],
        proof: Some((
            "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a\
             5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
            RANDOM,
        )),
    }
    .check();
}

#[test]
fn partially_oblivious_vector() {
    Vector {
        mode: Mode::Poprf,
        seed: SEED,
        key_info: "74657374206b6579",
        secret: "145c79c108538421ac164ecbe131942136d5570b16d8bf41a24d4337da981e07",
        public: Some("c647bef38497bc6ec077c22af65b696efa43bff3b4a1975a3e8e0a1c5a79d631"),
        info: "7465737420696e666f",
        inputs: vec!["00", "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"],
        blinds: BLINDS.to_vec(),
        blinded: vec![
            "c8713aa89241d6989ac142f22dba30596db635c772cbf25021fdd8f3d461f715",
            "423a01c072e06eb1cce96d23acce06e1ea64a609d7ec9e9023f3049f2d64e50c",
        ],
        evaluated: vec![
            "1a4b860d808ff19624731e67b5eff20ceb2df3c3c03b906f5693e2078450d874",
            "aa1f16e903841036e38075da8a46655c94fc92341887eb5819f46312adfc0504",
        ],
        outputs: vec![
            "ca688351e88afb1d841fde4401c79efebb2eb75e7998fa9737bd5a82a152406d\
             38bd29f680504e54fd4587eddcf2f37a2617ac2fbd2993f7bdf45442ace7d221",
            "7c6557b276a137922a0bcfc2aa2b35dd78322bd500235eb6d6b6f91bc5b56a52\
             de2d65612d503236b321f5d0bebcbc52b64b92e426f29c9b8b69f52de98ae507",
        ],
        proof: Some((
            "43fdb53be399cbd3561186ae480320caa2b9f36cca0e5b160c4a677b8bbf4301\
             b28f12c36aa8e11e5a7ef551da0781e863a6dc8c0b2bf5a149c9e00621f02006",
            RANDOM,
        )),
    }
    .check();
}

/// Needs the RFC's file `allVectors.json`, which stands beside the checkout in continuous integration, or in `JOINTLY_VECTORS`; without it
/// the vectors above remain.
#[test]
fn every_vector_of_the_file() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var_os("JOINTLY_VECTORS").map_or(beside, Into::into);
    let Ok(file) = std::fs::read(folder.join("rfc9497/allVectors.json")) else {
        return eprintln!("no vectors in {}: only those quoted here were checked", folder.display());
    };
    let suites: Vec<serde_json::Value> = serde_json::from_slice(&file).unwrap();
    let mut checked = 0;
    for suite in suites.iter().filter(|suite| suite["identifier"] == "ristretto255-SHA512") {
        let mode = [Mode::Oprf, Mode::Voprf, Mode::Poprf][suite["mode"].as_u64().unwrap() as usize];
        for vector in suite["vectors"].as_array().unwrap() {
            let list = |name: &str| vector[name].as_str().unwrap().split(',').collect();
            let proof = &vector["Proof"];
            Vector {
                mode,
                seed: suite["seed"].as_str().unwrap(),
                key_info: suite["keyInfo"].as_str().unwrap(),
                secret: suite["skSm"].as_str().unwrap(),
                public: suite["pkSm"].as_str(),
                info: vector["Info"].as_str().unwrap_or(""),
                inputs: list("Input"),
                blinds: list("Blind"),
                blinded: list("BlindedElement"),
                evaluated: list("EvaluationElement"),
                outputs: list("Output"),
                proof: proof["proof"].as_str().map(|bytes| (bytes, proof["r"].as_str().unwrap())),
            }
            .check();
            checked += 1;
        }
    }
    assert_eq!(checked, 8);
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
