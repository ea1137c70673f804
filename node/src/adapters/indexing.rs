//! Which local index entries a record gets: its business key, within its organisation and alone.

use yinglian_contract_api::Call;
use yinglian_execution::Indexing;
use yinglian_protocol::calls::Arguments;
use yinglian_protocol::{CreditCode, Outcome};

/// Name of the index in the store.
pub const RECORDS: &str = "business-key";

/// Business keys of notarised records.
pub struct BusinessKeys;

impl Indexing for BusinessKeys {
    fn keys(&self, call: &Call<'_>, organization: &CreditCode, outcome: &Outcome) -> Vec<Vec<u8>> {
        if !outcome.code.is_applied() {
            return Vec::new();
        }
        match Arguments::decode(call.contract, call.method, call.version, call.arguments) {
            Ok(Arguments::Notarize(record)) => {
                vec![key(&record.business_key, Some(organization)), key(&record.business_key, None)]
            }
            _ => Vec::new(),
        }
    }
}

/// Key of a business key, within an organisation or over all.
pub fn key(business_key: &str, organization: Option<&CreditCode>) -> Vec<u8> {
    let organization = organization.map_or(&[][..], |code| code.as_bytes());
    [organization, b"/", business_key.as_bytes()].concat()
}
