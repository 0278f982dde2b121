//! AES-128 and SHA-256 against the standards' examples.

use jointly_circuit::{
    Bits, Circuit,
    library::{
        aes::Sbox,
        {aes128, sha256, sha256_compression},
    },
};

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn run(circuit: &Circuit, inputs: &[&[u8]]) -> Vec<u8> {
    let words: Vec<u64> =
        inputs.iter().flat_map(|bytes| Bits::from_bytes(bytes).iter().map(u64::from).collect::<Vec<_>>()).collect();
    circuit.evaluate(&words).into_iter().map(|word| word & 1 == 1).collect::<Bits>().to_bytes()
}

/// FIPS 197, appendices B and C.1; SP 800-38A, F.1.1.
#[test]
fn aes_of_the_standards() {
    for (sbox, ands, depth) in [(Sbox::Small, 6400, 60), (Sbox::Shallow, 6800, 40)] {
        let circuit = aes128(sbox);
        println!("{:?}", circuit.stats());
        assert_eq!((circuit.stats().ands, circuit.stats().depth), (ands, depth));
        for (key, block, expected) in [
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "3243f6a8885a308d313198a2e0370734",
                "3925841d02dc09fbdc118597196a0b32",
            ),
            (
                "000102030405060708090a0b0c0d0e0f",
                "00112233445566778899aabbccddeeff",
                "69c4e0d86a7b0430d8cdb78070b4c55a",
            ),
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "6bc1bee22e409f96e93d7e117393172a",
                "3ad77bb40d7a3660a89ecaf32466ef97",
            ),
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "ae2d8a571e03ac9c9eb76fac45af8e51",
                "f5d3d58503b9699de785895a96fdbaaf",
            ),
        ] {
            assert_eq!(run(&circuit, &[&bytes(key), &bytes(block)]), bytes(expected));
        }
    }
}

/// The examples of FIPS 180-4, and lengths about the ends of blocks (made with coreutils' sha256sum).
#[test]
fn sha256_of_the_standard() {
    for (message, expected) in [
        ("abc".to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".to_string(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        ("a".to_string(), "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("a".repeat(55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
        ("a".repeat(56), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
        ("a".repeat(63), "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
        ("a".repeat(64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
        ("a".repeat(65), "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"),
        ("a".repeat(119), "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"),
        ("a".repeat(120), "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"),
    ] {
        let circuit = sha256(message.len() as u32);
        assert_eq!(run(&circuit, &[message.as_bytes()]), bytes(expected), "{} bytes", message.len());
    }
}

#[test]
fn sha256_is_small() {
    let stats = sha256_compression().stats();
    println!("{stats:?}");
    assert!(stats.ands <= 22_300);
}

#[test]
fn benchmarks_compute_what_they_say() {
    use jointly_circuit::{Function, library::bench};
    let run = |function: &Function, inputs: &[&[u8]]| {
        let inputs: Bits = inputs.iter().flat_map(|bytes| Bits::from_bytes(bytes).iter().collect::<Vec<_>>()).collect();
        function.evaluate(&inputs).unwrap().to_bytes()
    };
    let (key, block) = (bytes("2b7e151628aed2a6abf7158809cf4f3c"), bytes("3243f6a8885a308d313198a2e0370734"));
    let circuit = aes128(Sbox::Small);
    let twice = self::run(&circuit, &[&key, &self::run(&circuit, &[&key, &block])]);
    let chain = bench::aes_chain(2).unwrap();
    assert_eq!(run(&chain, &[&key, &block]), twice);
    assert_eq!(bench::aes_chain(1000).unwrap().ands(), 6_400_000);

    let wide = bench::wide_and(3).unwrap();
    let x: Vec<u8> = (0..1 << 13).map(|i: u32| (i * 7 + i / 256) as u8).collect();
    let y: Vec<u8> = (0..1 << 13).map(|i: u32| (i * 31 + i / 512) as u8).collect();
    assert_eq!(run(&wide, &[&x, &y]), x.iter().zip(&y).map(|(x, y)| x & y).collect::<Vec<_>>());
    assert_eq!(wide.ands(), 3 << 20);
}

#[test]
fn bits_are_read_as_hexadecimal_numbers() {
    let text = "0123456789abcdef00112233445566778899aabbccddeeff";
    let bits = Bits::from_hex(text, 192).unwrap();
    assert_eq!(bits.to_hex(), text);
    assert_eq!(bits.slice(0, 128).to_number(), 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
    assert_eq!(Bits::from_hex("0x1f", 5).unwrap().to_hex(), "1f");
    assert_eq!(Bits::from_hex("1f", 4), None);
    assert_eq!(Bits::from_hex("1g", 8), None);
    assert_eq!(Bits::from_hex("00000001", 1).unwrap().to_hex(), "1");
}
