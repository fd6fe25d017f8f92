//! Profiles: how they are named, and that each takes what its own client was seen to send.

use scim::{
    Attributes, ErrorKind, Filter, Profile, ResourceType, Result, Tolerance, Tolerances, accept,
    patch,
};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn profiles_are_read_by_name_and_alias() {
    for profile in Profile::ALL {
        assert_eq!(profile.name().parse::<Profile>().unwrap(), profile);
        assert_eq!(
            profile.name().to_uppercase().parse::<Profile>().unwrap(),
            profile
        );
        assert!(profile.description().ends_with('.'));
        assert!(profile.title().contains([' ', 'O', 'J']));
        assert_eq!(profile.to_string(), profile.name());
    }
    for profile in Profile::ALL {
        for alias in profile.aliases() {
            assert_eq!(alias.parse::<Profile>().unwrap(), profile);
        }
    }
    assert_eq!(Profile::Entra.aliases(), ["azure"]);
    assert_eq!("Azure".parse::<Profile>().unwrap(), Profile::Entra);
    assert_eq!(Profile::default(), Profile::Generic);
    assert_eq!(Profile::Generic.tolerances(), Tolerances::ALL);
    assert_eq!(Profile::Strict.tolerances(), Tolerances::NONE);
    for text in ["", "ping one", "rippling"] {
        let error = text.parse::<Profile>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
        assert!(error.detail().contains("`jumpcloud`"), "{error}");
    }
}

/// A fixture's client and its profile.
const CLIENTS: [(&str, Profile); 9] = [
    ("entra", Profile::Entra),
    ("entra-logicapp", Profile::Entra),
    ("entra-pm", Profile::Entra),
    ("entra-flag", Profile::Entra),
    ("okta", Profile::Okta),
    ("onelogin", Profile::OneLogin),
    ("google-workspace", Profile::Google),
    ("jumpcloud", Profile::JumpCloud),
    ("pingone", Profile::Ping),
];

/// How this crate judges a fixture's request in a realm.
fn judge(request: &Value, tolerances: Tolerances) -> Option<Result<()>> {
    let path = request["path"].as_str()?;
    let of = match path {
        _ if path.starts_with("/Users") => ResourceType::user(),
        _ if path.starts_with("/Groups") => ResourceType::group(),
        _ => return None,
    };
    let of = of.of_realm(Vec::new(), tolerances);
    let body = request["body"].clone();
    match request["method"].as_str()? {
        "POST" if !path.ends_with(".search") => Some(accept::create(&of, &body).map(drop)),
        "PUT" => Some(accept::replace(&of, &body, &Attributes::default()).map(drop)),
        "PATCH" => Some(patch::parse(&of, body).and_then(|ops| {
            let current = Attributes::from_stored(r#"{"userName":"u","displayName":"d"}"#).unwrap();
            patch::apply(&of, &current, &ops).map(drop)
        })),
        "GET" => {
            let filter = path.split_once("filter=")?.1.split('&').next()?;
            let filter = decoded(filter);
            Some(
                filter
                    .parse::<Filter>()
                    .and_then(|filter| filter.resolve(&of).map(drop)),
            )
        }
        _ => None,
    }
}

/// A query parameter without its percents, and without placeholders that no value stands for.
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ").replace("{{", "").replace("}}", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        match (first, more) {
            (b'%', [a, b, more @ ..]) => {
                let digits = [*a, *b];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_profile_takes_what_its_client_sends() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut judged = 0;
    for entry in fs::read_dir(fixtures).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let fixture: Value = serde_json::from_str(&text).unwrap();
        let name = fixture["name"].as_str().unwrap();
        let client = fixture["client"].as_str().unwrap();
        let Some((_, profile)) = CLIENTS.iter().find(|(known, _)| *known == client) else {
            continue;
        };
        let Some(liberal) = judge(&fixture["request"], Tolerances::ALL) else {
            continue;
        };
        let own = judge(&fixture["request"], profile.tolerances()).unwrap();
        let shown = |result: &Result<()>| result.as_ref().map_err(ToString::to_string).copied();
        assert_eq!(shown(&own), shown(&liberal), "{name} in profile {profile}");
        judged += 1;
    }
    assert!(judged > 60, "only {judged} fixtures were judged");
}

#[test]
fn what_must_not_be_guessed() {
    for (profile, tolerance, has) in [
        (Profile::Entra, Tolerance::PutKeepsMembers, true),
        (Profile::Okta, Tolerance::PutKeepsMembers, true),
        (Profile::OneLogin, Tolerance::PutKeepsMembers, true),
        (Profile::Okta, Tolerance::UnquotedFilterValues, false),
        (Profile::JumpCloud, Tolerance::RemoveListed, true),
        (Profile::Ping, Tolerance::UnknownMembers, true),
        (Profile::Google, Tolerance::DottedUrns, false),
    ] {
        let name = tolerance.name();
        assert_eq!(
            profile.tolerances().contains(tolerance),
            has,
            "{profile} {name}"
        );
    }
}
