//! Who asks, and what may he read (spec 9: default deny).
//!
//! Open are headers, proofs and receipts by id, what verification needs (trust, genesis, validator sets), and the health of
//! the node. Everything else takes a [`Caller`]: a registered key that signed method, path, body, time and nonce. Its own
//! organisation's records it may read; roles widen that.

use crate::{
    nonces::NonceRefusal,
    ports::{Identity, Refusal},
    problem::ApiError,
    service::Api,
};
use axum::{extract::FromRequestParts, http::HeaderMap, http::request::Parts};
use std::str::FromStr;
use yinglian_interface::Who;
use yinglian_protocol::{
    Address, Code, CreditCode, DefaultEngine, EnvelopeId, Name, REQUEST_HEADER_ADDRESS,
    REQUEST_HEADER_NONCE, REQUEST_HEADER_SIGNATURE, REQUEST_HEADER_TIME, REQUEST_WINDOW_MS,
    RequestParts, Signature, SignatureEngine, request_body_hash, request_bytes,
};

/// Reads every record.
const ROLE_AUDITOR: &str = "auditor";
/// Reads the inside of nodes, blocks and events among them.
const ROLE_OPERATOR: &str = "operator";

/// A registered key that signed this request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub address: Address,
    pub identity: Identity,
}

impl Caller {
    fn has(&self, role: &str) -> bool {
        self.identity.roles.iter().any(|held| held.as_str() == role)
    }

    /// May read whole blocks, events and exports, whoever's they are.
    pub(crate) fn reads_blocks(&self) -> bool {
        self.has(ROLE_AUDITOR) || self.has(ROLE_OPERATOR)
    }

    /// May read records of an organisation with their arguments.
    pub(crate) fn reads_records_of(&self, organization: &CreditCode) -> bool {
        self.identity.organization == *organization || self.has(ROLE_AUDITOR)
    }

    /// The organisation to which a search is confined; none for who reads all.
    pub(crate) fn confined_to(&self) -> Option<CreditCode> {
        (!self.has(ROLE_AUDITOR)).then_some(self.identity.organization)
    }

    /// Reads of records leave a trace that an auditor can ask for.
    pub(crate) fn log_read(&self, record: EnvelopeId, organization: &CreditCode) {
        tracing::info!(
            target: "yinglian::reads",
            caller = %self.address,
            caller_organization = %self.identity.organization,
            record = %record,
            organization = %organization,
            "record read"
        );
    }
}

impl Caller {
    /// The caller, as declarations ask for him.
    pub(crate) fn who(&self) -> Who<'_> {
        Who {
            organization: &self.identity.organization,
            roles: &self.identity.roles,
            region: &self.identity.region,
            person: self.identity.person,
        }
    }

    /// Reads of sensitive objects leave a trace, as those of records do.
    pub(crate) fn log_query(&self, contract: &Name, query: &Name, keys: &[&str]) {
        tracing::info!(
            target: "yinglian::reads",
            caller = %self.address,
            caller_organization = %self.identity.organization,
            contract = %contract,
            query = %query,
            objects = %keys.join(" "),
            "objects read"
        );
    }
}

/// A caller where one signed: a request without our headers is anybody's, one with them is judged by them.
pub(crate) struct MaybeCaller(pub Option<Caller>);

impl FromRequestParts<Api> for MaybeCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let ours = [
            REQUEST_HEADER_ADDRESS,
            REQUEST_HEADER_NONCE,
            REQUEST_HEADER_SIGNATURE,
            REQUEST_HEADER_TIME,
        ];
        if ours.iter().all(|name| !parts.headers.contains_key(*name)) {
            return Ok(Self(None));
        }
        Caller::from_request_parts(parts, api).await.map(Some).map(Self)
    }
}

/// What the four headers say, in shape but not yet checked.
struct Claim {
    address: Address,
    time_ms: u64,
    nonce: [u8; 16],
    signature: Signature,
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let claim = Claim::read(&parts.headers)?;
        check_time(api, claim.time_ms)?;
        let identity = api.node().identity(&claim.address).await?;
        let identity = identity.ok_or_else(|| not_authorized("the address is not registered"))?;
        if identity.revoked {
            return Err(not_authorized("the key is revoked"));
        }
        check_signature(api, parts, &claim, &identity)?;
        // Last, so that only who holds a registered key can fill the memory of nonces.
        take_nonce(api, &claim)?;
        Ok(Self { address: claim.address, identity })
    }
}

impl Claim {
    fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let nonce = single(headers, REQUEST_HEADER_NONCE)?;
        let mut bytes = [0; 16];
        hex::decode_to_slice(nonce, &mut bytes).map_err(|_| wrong(REQUEST_HEADER_NONCE))?;
        let time = single(headers, REQUEST_HEADER_TIME)?;
        Ok(Self {
            address: parsed(headers, REQUEST_HEADER_ADDRESS)?,
            time_ms: crate::extract::number(time).ok_or_else(|| wrong(REQUEST_HEADER_TIME))?,
            nonce: bytes,
            signature: parsed(headers, REQUEST_HEADER_SIGNATURE)?,
        })
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, ApiError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| wrong(name)),
        (None, _) => Err(not_authorized(format!("header {name} is missing"))),
        _ => Err(wrong(name)),
    }
}

fn parsed<T: FromStr>(headers: &HeaderMap, name: &str) -> Result<T, ApiError> {
    single(headers, name)?.parse().map_err(|_| wrong(name))
}

fn wrong(name: &str) -> ApiError {
    ApiError::malformed(format!("header {name} is not in its form"))
}

fn not_authorized(detail: impl Into<String>) -> ApiError {
    Refusal::new(Code::NOT_AUTHORIZED).detail(detail).into()
}

fn check_time(api: &Api, time_ms: u64) -> Result<(), ApiError> {
    let now_ms = api.now_ms();
    if time_ms.abs_diff(now_ms) > REQUEST_WINDOW_MS {
        let detail = format!("signed at {time_ms}, the node's clock says {now_ms}");
        return Err(Refusal::new(Code::REPLAYED_REQUEST).detail(detail).into());
    }
    let started_ms = api.shared.started_ms;
    if time_ms < started_ms {
        let detail = format!("signed at {time_ms}, before the node started at {started_ms}");
        return Err(Refusal::new(Code::REPLAYED_REQUEST).detail(detail).into());
    }
    Ok(())
}

fn check_signature(
    api: &Api,
    parts: &Parts,
    claim: &Claim,
    identity: &Identity,
) -> Result<(), ApiError> {
    let chain = &api.shared.chain;
    let path_and_query = parts.uri.path_and_query().map_or("/", |text| text.as_str());
    let signed = RequestParts {
        method: parts.method.as_str(),
        path_and_query,
        // Signed reads have no body.
        body_hash: request_body_hash(chain.suite, b""),
        time_ms: claim.time_ms,
        nonce: claim.nonce,
    };
    let key = &identity.public_key;
    let is_key = key.address() == claim.address;
    let message = request_bytes(&chain.genesis, &signed);
    if is_key && DefaultEngine.verify(key, &message, &claim.signature).is_ok() {
        Ok(())
    } else {
        Err(not_authorized("the signature is not the address's over this request"))
    }
}

fn take_nonce(api: &Api, claim: &Claim) -> Result<(), ApiError> {
    let mut nonces = api.shared.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let until_ms = claim.time_ms.saturating_add(REQUEST_WINDOW_MS);
    nonces.take(api.now_ms(), claim.address, claim.nonce, until_ms).map_err(|refusal| match refusal
    {
        NonceRefusal::Used => {
            Refusal::new(Code::REPLAYED_REQUEST).detail("the nonce was used before").into()
        }
        NonceRefusal::Full => ApiError::busy("too many signed requests within the window"),
    })
}
