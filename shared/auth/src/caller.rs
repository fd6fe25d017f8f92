//! The authenticator: the one place where a [`Caller`] comes into being.
//!
//! A key makes one, and an operator's proof does: administration of a realm's
//! resources goes through the same door as its clients. Access tokens and client
//! assertions will enter here, too.

use crate::key::{KeyId, KeyRecord, Scope};
use crate::mac::Verdict;
use crate::operator::Operator;
use crate::pepper::PepperRing;
use crate::realm::{RealmName, RealmRecord, RealmState, Salt};
use crate::token::Token;
use jiff::Timestamp;

/// Who acts in a realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A client of the realm, by its key.
    Key(KeyId),
    /// An operator, by the name that [`Operator::name`] tells.
    Operator(String),
}

/// A proven caller: a key of a realm that is enabled, or an operator. Only
/// [`authenticate`] and [`Caller::operating`] make one.
#[derive(Debug, Clone)]
pub struct Caller {
    realm: RealmName,
    actor: Actor,
    salt: Salt,
    scopes: Vec<Scope>,
}

/// Why there is no caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// No such realm or key, revoked, expired, wrong secret: the client is not told which.
    Unauthorized,
    /// A good key of a realm that is switched off; whoever holds no good key does not learn of it.
    RealmDisabled,
    /// The key is hashed under a pepper the ring does not hold: the ring may be old.
    UnknownPepper(String),
}

impl Caller {
    /// The realm the caller acts in.
    pub fn realm(&self) -> &RealmName {
        &self.realm
    }

    /// An operator in a realm, whatever the realm's switch says.
    pub fn operating(operator: &Operator, realm: &RealmRecord) -> Self {
        Self {
            realm: realm.name.clone(),
            actor: Actor::Operator(operator.name().to_owned()),
            salt: realm.salt.clone(),
            scopes: vec![Scope::Scim],
        }
    }

    /// Who it is.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The key it has proven, when it is no operator.
    pub fn key(&self) -> Option<&KeyId> {
        match &self.actor {
            Actor::Key(key) => Some(key),
            Actor::Operator(_) => None,
        }
    }

    /// The realm's salt.
    pub fn salt(&self) -> &Salt {
        &self.salt
    }

    /// Whether it may change anything.
    pub fn may_write(&self) -> bool {
        self.scopes.contains(&Scope::Scim)
    }
}

/// Weighs a token against what the store found under the URL's realm, `asked`, and
/// the token's key id. Whether anything was found does not show in the time it takes.
///
/// # Errors
/// [`Denied`], which for all but a disabled realm says nothing a stranger could learn from.
pub fn authenticate(
    ring: &PepperRing,
    asked: &RealmName,
    realm: Option<&RealmRecord>,
    key: Option<&KeyRecord>,
    token: &Token,
    now: Timestamp,
) -> Result<Caller, Denied> {
    let verdict = ring.verify(asked, token, key.map(|key| &key.mac));
    let (Some(realm), Some(key)) = (realm, key) else {
        return Err(Denied::Unauthorized);
    };
    let expired = key.expires.is_some_and(|expires| expires <= now);
    let works = realm.name == *asked
        && key.id == *token.key_id()
        && key.revoked.is_none()
        && !expired
        && !key.scopes.is_empty();
    // A key that works no more is no reason to look for its pepper, which may have been retired.
    match verdict {
        Verdict::Proven if works => {}
        Verdict::UnknownPepper if works => {
            return Err(Denied::UnknownPepper(key.mac.pepper.clone()));
        }
        Verdict::Proven | Verdict::UnknownPepper | Verdict::Refused => {
            return Err(Denied::Unauthorized);
        }
    }
    match realm.state {
        RealmState::Enabled => Ok(Caller {
            realm: realm.name.clone(),
            actor: Actor::Key(key.id.clone()),
            salt: realm.salt.clone(),
            scopes: key.scopes.clone(),
        }),
        RealmState::Disabled => Err(Denied::RealmDisabled),
        RealmState::Deleting => Err(Denied::Unauthorized),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::{Actor, Caller, Denied, authenticate};
    use crate::key::{KeyId, KeyRecord, Scope};
    use crate::operator::Operator;
    use crate::pepper::PepperRing;
    use crate::realm::{RealmRecord, RealmState, Salt};
    use crate::token::Token;
    use jiff::{SignedDuration, Timestamp};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    struct World {
        ring: PepperRing,
        realm: Option<RealmRecord>,
        key: Option<KeyRecord>,
        token: Token,
    }

    fn world() -> World {
        let ring = PepperRing::new("p1", [1; 32]);
        let realm = RealmRecord {
            name: "acme".parse().unwrap(),
            display_name: "Acme".to_owned(),
            state: RealmState::Enabled,
            salt: Salt::new([2; 16]),
            created: NOW,
            version: 1,
        };
        let token = Token::new(KeyId::from_random([3; 9]), [4; 32]);
        let key = KeyRecord {
            id: token.key_id().clone(),
            name: "entra".to_owned(),
            scopes: vec![Scope::Scim],
            mac: ring.mac(&realm.name, &token),
            created: NOW,
            expires: None,
            revoked: None,
            last_used: None,
            created_by: None,
            replaces: None,
        };
        World {
            ring,
            realm: Some(realm),
            key: Some(key),
            token,
        }
    }

    impl World {
        fn authenticate(&self) -> Result<Caller, Denied> {
            let asked = "acme".parse().unwrap();
            let (realm, key) = (self.realm.as_ref(), self.key.as_ref());
            authenticate(&self.ring, &asked, realm, key, &self.token, NOW)
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut World), expected: Result<(), Denied>) {
        let mut world = world();
        change(&mut world);
        assert_eq!(world.authenticate().map(|_| ()), expected);
    }

    fn realm(world: &mut World) -> &mut RealmRecord {
        world.realm.as_mut().unwrap()
    }

    fn key(world: &mut World) -> &mut KeyRecord {
        world.key.as_mut().unwrap()
    }

    #[test]
    fn who_is_let_in_and_who_is_not() {
        let second = SignedDuration::from_secs(1);
        let unauthorized = || Err(Denied::Unauthorized);
        check(|_| {}, Ok(()));
        check(|w| w.realm = None, unauthorized());
        check(|w| w.key = None, unauthorized());
        check(
            |w| w.token = Token::new(w.token.key_id().clone(), [5; 32]),
            unauthorized(),
        );
        check(|w| realm(w).name = "other".parse().unwrap(), unauthorized());
        check(
            |w| {
                let other = "other".parse().unwrap();
                key(w).mac = w.ring.mac(&other, &w.token);
            },
            unauthorized(),
        );
        check(|w| key(w).id = KeyId::from_random([9; 9]), unauthorized());
        check(|w| key(w).revoked = Some(NOW), unauthorized());
        check(|w| key(w).expires = Some(NOW), unauthorized());
        check(|w| key(w).expires = Some(NOW - second), unauthorized());
        check(|w| key(w).expires = Some(NOW + second), Ok(()));
        check(|w| key(w).scopes = Vec::new(), unauthorized());
        check(|w| key(w).scopes = vec![Scope::ScimRead], Ok(()));
        check(|w| realm(w).state = RealmState::Deleting, unauthorized());
        check(
            |w| realm(w).state = RealmState::Disabled,
            Err(Denied::RealmDisabled),
        );
        check(
            |w| w.ring = PepperRing::new("p2", [1; 32]),
            Err(Denied::UnknownPepper("p1".to_owned())),
        );
    }

    #[test]
    fn only_a_good_key_learns_that_the_realm_is_disabled() {
        check(
            |w| {
                realm(w).state = RealmState::Disabled;
                key(w).revoked = Some(NOW);
            },
            Err(Denied::Unauthorized),
        );
    }

    /// A stranger's guesses at old keys would have the ring fetched again and again.
    #[test]
    fn a_key_that_works_no_more_is_no_reason_to_look_for_its_pepper() {
        let retired = |w: &mut World| w.ring = PepperRing::new("p2", [1; 32]);
        let ends: [fn(&mut World); 4] = [
            |w| key(w).revoked = Some(NOW),
            |w| key(w).expires = Some(NOW),
            |w| key(w).scopes = Vec::new(),
            |w| key(w).id = KeyId::from_random([9; 9]),
        ];
        for end in ends {
            check(
                |w| {
                    retired(w);
                    end(w);
                },
                Err(Denied::Unauthorized),
            );
        }
    }

    #[test]
    fn a_caller_says_by_what_it_was_proven() {
        let world = world();
        let client = world.authenticate().unwrap();
        assert_eq!(client.key(), Some(world.token.key_id()));
        assert_eq!(client.actor(), &Actor::Key(world.token.key_id().clone()));

        let operator = Caller::operating(&Operator::of_the_table(), &world.realm.unwrap());
        assert_eq!(operator.key(), None);
        assert_eq!(operator.actor(), &Actor::Operator("table".to_owned()));
        assert!(operator.may_write());
    }

    #[test]
    fn the_scope_decides_about_writing() {
        for (scopes, may_write) in [
            (vec![Scope::Scim], true),
            (vec![Scope::ScimRead], false),
            (vec![Scope::ScimRead, Scope::Scim], true),
        ] {
            let mut world = world();
            key(&mut world).scopes = scopes;
            let caller = world.authenticate();
            assert_eq!(caller.map(|caller| caller.may_write()), Ok(may_write));
        }
    }
}
