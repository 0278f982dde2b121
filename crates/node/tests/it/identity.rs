use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use jointly_node::*;

use crate::world::{assert_says, message};

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn made_loaded_exported_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let [home, copy, new_home] = ["home", "copy", "new"].map(|name| folder.path().join(name));
    let made = Identity::create(&home, "Klinikum München", &passphrase("correct horse")).unwrap();
    assert_eq!((mode(&home), made.name()), (0o600, "Klinikum München"));

    let loaded = Identity::load(&home, &passphrase("correct horse")).unwrap();
    assert_eq!((loaded.public_key(), loaded.name()), (made.public_key(), "Klinikum München"));

    loaded.export(&copy, &passphrase("battery staple")).unwrap();
    let restored = Identity::restore(&copy, &passphrase("battery staple"), &new_home, &passphrase("third")).unwrap();
    assert_eq!(restored.public_key(), made.public_key());
    assert_eq!(Identity::load(&new_home, &passphrase("third")).unwrap().pkcs8_der(), made.pkcs8_der());
    assert_eq!((mode(&copy), mode(&new_home)), (0o600, 0o600));
}

#[test]
fn refusals_name_the_file_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.pem");
    Identity::create(&path, "A", &passphrase("right")).unwrap();

    assert_says(&message(Identity::load(&path, &passphrase("wrong"))), &["wrong passphrase", "identity.pem"]);
    assert_says(&message(Identity::load(&path, &Passphrase::none())), &["wrong passphrase"]);
    assert_says(&message(Identity::create(&path, "A", &passphrase("x"))), &["exists already", "identity.pem"]);
    assert_says(
        &message(Identity::create(&folder.path().join("b"), "a\nb", &passphrase("x"))),
        &["invisible character"],
    );
    assert_says(&message(Passphrase::new("")), &["empty"]);
    assert_says(&message(Identity::load(&folder.path().join("none"), &passphrase("x"))), &["cannot read", "none"]);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_says(&message(Identity::load(&path, &passphrase("right"))), &["mode 640", "chmod 600"]);
}

#[test]
fn damaged_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.pem");
    Identity::create(&path, "A", &passphrase("right")).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    let other = folder.path().join("other.pem");
    for (text, says) in [
        (String::new(), "the line with the name is missing"),
        (whole.replace("Jointly identity: A\n", ""), "the line with the name is missing"),
        (whole.replace("ENCRYPTED PRIVATE", "PUBLIC"), "not an encrypted private key"),
        (whole[..whole.len() / 2].to_owned(), "no key in PEM form"),
    ] {
        write_private(&other, &text);
        assert_says(&message(Identity::load(&other, &passphrase("right"))), &[says, "other.pem"]);
    }
}

/// A file made elsewhere must not make a node spend gigabytes or hours on it. Its scrypt parameters: N = 2^40, r = 8.
#[test]
fn absurd_costs_are_refused_before_they_are_paid() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.pem");
    write_private(&path, ABSURD);
    assert_says(&message(Identity::load(&path, &passphrase("x"))), &["absurd amount of memory"]);
}

#[test]
fn nothing_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let secret = passphrase("open sesame");
    let identity = Identity::create(&folder.path().join("i"), "A", &secret).unwrap();
    let seed = hex(&identity.pkcs8_der()[16..]);
    let shown = format!("{identity:?} {secret:?} {:?}", Identity::load(&folder.path().join("i"), &passphrase("no")));
    assert!(!shown.contains("sesame") && !shown.to_lowercase().contains(&seed), "{shown}");
    let file = std::fs::read_to_string(folder.path().join("i")).unwrap();
    assert!(file.contains("BEGIN ENCRYPTED PRIVATE KEY") && !file.contains("BEGIN PRIVATE KEY"));
}

#[test]
fn openssl_reads_what_a_node_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.pem");
    let identity = Identity::create(&path, "A", &passphrase("pass")).unwrap();
    let output = Command::new("openssl")
        .args(["pkey", "-passin", "pass:pass", "-pubout", "-outform", "DER", "-in"])
        .arg(&path)
        .output()
        .expect("install openssl: this test compares with it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(&output.stdout[12..], identity.public_key().as_bytes());
}

#[test]
fn a_node_reads_what_openssl_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.pem");
    write_private(&path, BY_OPENSSL);
    let identity = Identity::load(&path, &passphrase("hunter2")).unwrap();
    assert_eq!(identity.public_key().to_string(), BY_OPENSSL_PUBLIC);
}

#[test]
fn signatures_hold_for_one_key_domain_and_message() {
    let [a, b, _] = crate::world::identities();
    let signature = a.sign("receipt", b"text");
    assert!(a.public_key().verify("receipt", b"text", &signature));
    assert!(!b.public_key().verify("receipt", b"text", &signature));
    assert!(!a.public_key().verify("receip", b"ttext", &signature));
    assert!(!a.public_key().verify("project", b"text", &signature));
    assert!(!a.public_key().verify("receipt", b"Text", &signature));
    let mut wrong = signature;
    wrong.0.0[40] ^= 1;
    assert!(!a.public_key().verify("receipt", b"text", &wrong));
}

#[test]
fn keys_as_text() {
    let key = crate::world::identities()[0].public_key();
    assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
    assert_eq!(key.to_string().to_uppercase().parse::<PublicKey>().unwrap(), key);
    let fingerprint = key.fingerprint();
    assert!(
        fingerprint.split(' ').count() == 6 && fingerprint.split(' ').all(|group| group.len() == 4),
        "{fingerprint}"
    );
    assert_says(&message("12".parse::<PublicKey>()), &["public key", "64 hexadecimal digits"]);
    // The neutral element: every message would have a signature.
    let weak = format!("01{}", "00".repeat(31));
    assert_says(&message(weak.parse::<PublicKey>()), &["no Ed25519 key"]);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Made with `openssl genpkey -algorithm ed25519 | openssl pkcs8 -topk8 -scrypt -v2 aes256`, the name line added.
const BY_OPENSSL: &str = "Jointly identity: A
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAjOJMGjMHTq3QICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBAuc9TndOtOb2IBrj8KGtQxBEADdbXOVG44HehM
hwl6eFhX7xQD98jldKBkBlENaI4Jqcg0+Bs1uMrrfKIQ+BIgMhuv1P1ex1fCmcBS
cPRDscrQ
-----END ENCRYPTED PRIVATE KEY-----
";
const BY_OPENSSL_PUBLIC: &str = "4629fcd0ef459f14a9ac366f99309a0f6c13b37763299a3de685c0f8978fc815";
const ABSURD: &str = "Jointly identity: A
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGXMFMGCSqGSIb3DQEFDTBGMCUGCSsGAQQB2kcECzAYBAjOJMGjMHTq3QIGAQAA
AAAAAgEIAgEBMB0GCWCGSAFlAwQBKgQQLnPU53TrTm9iAa4/ChrUMQRAA3W1zlRu
OB3oTIcJenhYV+8UA/fI5XSgZAZRDWiOCanINPgbNbjK63yiEPgSIDIbr9T9XsdX
wpnAUnD0Q7HK0A==
-----END ENCRYPTED PRIVATE KEY-----
";
