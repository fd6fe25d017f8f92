//! Sealed texts: only what this ring has sealed for this realm, bound to the
//! same, opens; and a text that was changed at all does not.

use auth::{Caller, IamPrincipal, Operator, PepperRing, RealmRecord, RealmState, Salt};
use auth::{Sealed, Unsealed};
use jiff::Timestamp;

const QUERY: &[u8] = b"[[\"/Users\"],null,null,\"ascending\"]";

pub(crate) fn law(data: &[u8]) {
    // A ring of its own: a fuzzer looks at what is compared, and finds what the other has sealed.
    stranger(&ring(5), &String::from_utf8_lossy(data));
    seals(data);
}

/// A text that the ring has not sealed. The chance that it opens is that of guessing a tag.
fn stranger(ring: &PepperRing, text: &str) {
    let Ok(sealed) = text.parse::<Sealed>() else {
        return;
    };
    assert_eq!(sealed.to_string(), text, "two texts are read as one");
    let opened = ring.open(&caller("acme", 2), QUERY, &sealed);
    assert!(opened.is_err(), "{text} opens");
}

fn seals(content: &[u8]) {
    let (ring, caller) = (ring(1), self::caller("acme", 2));
    let mut random = [7; 12];
    random
        .iter_mut()
        .zip(content)
        .for_each(|(to, from)| *to = *from);
    let Some(sealed) = ring.seal(&caller, QUERY, random, content) else {
        assert!(
            content.len() > 2_000,
            "{} bytes are not sealed",
            content.len()
        );
        return;
    };
    assert!(content.len() < 2_304);
    let text = sealed.to_string();
    let sealed: Sealed = text.parse().unwrap();
    assert_eq!(ring.open(&caller, QUERY, &sealed).as_deref(), Ok(content));
    // A rotation breaks nothing.
    let rotated = ring.rotated([3; 32]);
    assert_eq!(
        rotated.open(&caller, QUERY, &sealed).as_deref(),
        Ok(content)
    );
    let forged = Err(Unsealed::Forged);
    for (of, bound_to) in [
        (("other", 2), QUERY),
        (("Acme", 2), QUERY),
        (("acme", 3), QUERY),
        (("acme", 2), &QUERY[1..]),
        (("acme", 2), content),
    ] {
        if bound_to != QUERY || of != ("acme", 2) {
            let opened = ring.open(&self::caller(of.0, of.1), bound_to, &sealed);
            assert_eq!(opened, forged, "{of:?}");
        }
    }
    assert_eq!(self::ring(9).open(&caller, QUERY, &sealed), forged);
    changed(&text, content);
}

/// One character, chosen by the content, becomes another; one goes; one comes.
fn changed(text: &str, content: &[u8]) {
    let sum: usize = content.iter().map(|byte| usize::from(*byte)).sum();
    let at = sum % text.len();
    let (before, after) = (&text[..at], &text[at + 1..]);
    for other in ["A", "Q", "z", "_", "=", ""] {
        let changed = format!("{before}{other}{after}");
        stranger_unless(&changed, text);
    }
    stranger_unless(&format!("{before}A{}", &text[at..]), text);
}

fn stranger_unless(changed: &str, text: &str) {
    if changed != text {
        stranger(&ring(1), changed);
    }
}

fn ring(pepper: u8) -> PepperRing {
    PepperRing::new("p1", [pepper; 32])
}

fn caller(realm: &str, salt: u8) -> Caller {
    let record = RealmRecord {
        name: realm.parse().unwrap(),
        display_name: String::new(),
        state: RealmState::Enabled,
        salt: Salt::new([salt; 16]),
        created: Timestamp::UNIX_EPOCH,
        version: 1,
    };
    let operator = Operator::by_iam(&IamPrincipal::new("arn"));
    Caller::operating(&operator, &record)
}
