//! The proof of administration: one token for the deployment, known here by its digest only.

use crate::base62;
use crate::malformed::Malformed;
use crate::token::{SECRET_WIDTH, checked, with_checksum};
use ring::digest;
use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

const PREFIX: &str = "msta_";

/// A proven administrator: by the deployment's own token ([`AdminDigest::verify`]),
/// by AWS's word ([`Operator::by_iam`]), or by reach ([`Operator::of_the_table`]).
#[derive(Debug)]
pub struct Operator {
    name: String,
}

/// What an operator is called who has proven to hold the administration's token.
const BY_TOKEN: &str = "operator";
/// What an operator is called who reaches the table itself.
const BY_REACH: &str = "table";

/// Who has signed a request with AWS credentials, as the gateway that has
/// checked the signature and the right to call says. Only the adapter of the
/// gateway's events makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamPrincipal(String);

impl IamPrincipal {
    /// The principal with this ARN.
    pub fn new(arn: impl Into<String>) -> Self {
        Self(arn.into())
    }

    /// The principal's ARN.
    pub fn arn(&self) -> &str {
        &self.0
    }
}

impl Operator {
    /// The proof that AWS gives: whoever may invoke the routes of
    /// administration administers.
    pub fn by_iam(principal: &IamPrincipal) -> Self {
        Self {
            name: principal.arn().to_owned(),
        }
    }

    /// The proof of the operator's own tool: whoever holds credentials that
    /// reach the table needs no other. No request ever comes by it.
    pub fn of_the_table() -> Self {
        Self {
            name: BY_REACH.to_owned(),
        }
    }

    /// Who it is, for the record: the principal's ARN, or `operator` for
    /// whoever holds the administration's token.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The administration's token: `msta_{secret}{crc32}`.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

/// SHA-256 of the administration's token. The token has 256 random bits, so nothing slower is needed.
#[derive(Clone)]
pub struct AdminDigest([u8; 32]);

impl AdminToken {
    /// A token of 256 random bits.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// The whole text.
    pub fn reveal(&self) -> String {
        let secret = base62::encode(&self.0, SECRET_WIDTH);
        with_checksum(format!("{PREFIX}{secret}"))
    }

    /// What a service is given to recognise it by.
    pub fn digest(&self) -> AdminDigest {
        let hash = digest::digest(&digest::SHA256, self.reveal().as_bytes());
        let mut bytes = [0; 32];
        bytes
            .iter_mut()
            .zip(hash.as_ref())
            .for_each(|(byte, hash)| *byte = *hash);
        AdminDigest(bytes)
    }
}

impl AdminDigest {
    /// The proof, when it is the token. Takes as long whatever differs.
    pub fn verify(&self, presented: &AdminToken) -> Option<Operator> {
        let difference = presented
            .digest()
            .0
            .iter()
            .zip(&self.0)
            .fold(0, |sum, (a, b)| black_box(sum | (a ^ b)));
        (difference == 0).then(|| Operator {
            name: BY_TOKEN.to_owned(),
        })
    }
}

impl FromStr for AdminToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        checked(text)
            .and_then(|body| body.strip_prefix(PREFIX))
            .filter(|secret| secret.len() == SECRET_WIDTH)
            .and_then(base62::decode)
            .map(Self)
            .ok_or(Malformed::AdminToken)
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AdminToken({PREFIX}..)")
    }
}

impl fmt::Debug for AdminDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminDigest(..)")
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
    use super::{AdminToken, IamPrincipal, Operator};

    #[test]
    fn only_the_token_is_the_operator() {
        let token = AdminToken::new([7; 32]);
        let again: AdminToken = token.reveal().parse().unwrap();
        assert!(token.digest().verify(&again).is_some());
        for position in 0..32 {
            let mut other = [7; 32];
            other[position] = 8;
            assert!(token.digest().verify(&AdminToken::new(other)).is_none());
        }
    }

    /// What a comparison lets pass that adds differences up wrongly, for one digest in 256.
    #[test]
    fn no_other_token_is_the_operator() {
        let digest = AdminToken::new([7; 32]).digest();
        for number in 0..2_000_u16 {
            let mut other = [0; 32];
            other[..2].copy_from_slice(&number.to_be_bytes());
            assert!(digest.verify(&AdminToken::new(other)).is_none(), "{number}");
        }
    }

    #[test]
    fn each_proof_says_for_the_record_who_it_is() {
        let token = AdminToken::new([7; 32]);
        let proven = token.digest().verify(&token);
        assert_eq!(proven.as_ref().map(Operator::name), Some("operator"));
        assert_eq!(Operator::of_the_table().name(), "table");
        let ada = IamPrincipal::new("arn:aws:iam::1:user/ada");
        assert_eq!(ada.arn(), "arn:aws:iam::1:user/ada");
        assert_eq!(Operator::by_iam(&ada).name(), ada.arn());
    }

    #[test]
    fn garbage_is_refused() {
        let text = AdminToken::new([7; 32]).reveal();
        for bad in ["", "msta_", &text[1..], &text[..text.len() - 1], "mst_x"] {
            assert!(bad.parse::<AdminToken>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_secret_does_not_show() {
        let token = AdminToken::new([7; 32]);
        assert_eq!(
            format!("{token:?} {:?}", token.digest()),
            "AdminToken(msta_..) AdminDigest(..)"
        );
    }
}
