//! What a realm has used.

use serde_json::Value;

use super::AdminClient;
use super::call::Call;
use crate::Failure;

impl AdminClient {
    /// `{days, total, prices}` of the days from and to, both counted; none: the server's choice.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn usage(
        &self,
        realm: &str,
        from: Option<String>,
        to: Option<String>,
    ) -> Result<Value, Failure> {
        let said = [("from", from), ("to", to)];
        let said = said
            .into_iter()
            .filter_map(|(name, day)| Some((name, day?)));
        let path = ["realms", realm, "usage"];
        self.send(Call::get(&path).query(said)).await
    }
}
