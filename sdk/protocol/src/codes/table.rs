//! The table of codes. One row a code: number, HTTP status, and title, cause, remedy in English and Chinese.

use super::{Code, CodeRow, CodeText};

macro_rules! codes {
    ($($name:ident = $number:literal, $status:literal,
       en: $et:literal, $ec:literal, $er:literal,
       zh: $zt:literal, $zc:literal, $zr:literal;)*) => {
        impl Code {
            $(#[doc = $et] pub const $name: Self = Self($number);)*
        }
        pub(super) static ROWS: &[CodeRow] = &[
            $(CodeRow {
                code: Code($number),
                name: stringify!($name),
                http_status: $status,
                en: CodeText { title: $et, cause: $ec, remedy: $er },
                zh: CodeText { title: $zt, cause: $zc, remedy: $zr },
            },)*
        ];
    };
}

codes! {
    APPLIED = 0, 200,
        en: "applied", "", "",
        zh: "", "", "";
    ENVELOPE_MALFORMED = 1001, 400,
        en: "envelope is not a canonical encoding", "", "",
        zh: "", "", "";
    ENVELOPE_TOO_LARGE = 1002, 413,
        en: "envelope exceeds 64 KiB", "", "",
        zh: "", "", "";
    ENVELOPE_FORMAT_UNKNOWN = 1003, 400,
        en: "envelope format is unknown", "", "",
        zh: "", "", "";
    WRONG_CHAIN = 1004, 400,
        en: "envelope was signed for another chain", "", "",
        zh: "", "", "";
    EXPIRED = 1005, 410,
        en: "envelope has expired", "", "",
        zh: "", "", "";
    VALID_UNTIL_TOO_FAR = 1006, 400,
        en: "valid_until_ms lies too far ahead", "", "",
        zh: "", "", "";
    SENDER_UNKNOWN = 1007, 403,
        en: "sender is not registered", "", "",
        zh: "", "", "";
    KEY_REVOKED = 1008, 403,
        en: "sender's key is revoked", "", "",
        zh: "", "", "";
    SIGNATURE_INVALID = 1009, 403,
        en: "signature is invalid", "", "",
        zh: "", "", "";
    CONTRACT_UNKNOWN = 1010, 404,
        en: "contract is unknown", "", "",
        zh: "", "", "";
    METHOD_UNKNOWN = 1011, 404,
        en: "method or method version is unknown", "", "",
        zh: "", "", "";
    ARGUMENTS_MALFORMED = 1012, 400,
        en: "arguments do not match the method", "", "",
        zh: "", "", "";
    PERSONAL_DATA = 1013, 422,
        en: "free text holds personal data in clear", "", "",
        zh: "", "", "";
    DUPLICATE = 1014, 200,
        en: "envelope was recorded before", "", "",
        zh: "", "", "";
    ROLE_MISSING = 1015, 403,
        en: "sender lacks the role", "", "",
        zh: "", "", "";
    TEXT_TOO_LONG = 1016, 400,
        en: "text is too long", "", "",
        zh: "", "", "";
    ORGANIZATION_SUSPENDED = 1017, 403,
        en: "organisation is suspended", "", "",
        zh: "", "", "";
    PAYLOAD_MALFORMED = 1101, 400,
        en: "payload is not a canonical encoding", "", "",
        zh: "", "", "";
    BLOCK_INVALID = 1102, 400,
        en: "block breaks a rule", "", "",
        zh: "", "", "";
    STATE_CORRUPT = 1103, 500,
        en: "stored state is corrupt", "", "",
        zh: "", "", "";
    ORGANIZATION_EXISTS = 2001, 409,
        en: "organisation exists already", "", "",
        zh: "", "", "";
    ORGANIZATION_UNKNOWN = 2002, 404,
        en: "organisation is unknown", "", "",
        zh: "", "", "";
    REGION_INVALID = 2003, 400,
        en: "region does not fit the organisation's place in the tree", "", "",
        zh: "", "", "";
    KEY_EXISTS = 2004, 409,
        en: "key is registered already", "", "",
        zh: "", "", "";
    KEY_UNKNOWN = 2005, 404,
        en: "key is unknown", "", "",
        zh: "", "", "";
    VALIDATORS_TOO_FEW = 2006, 409,
        en: "fewer than four validators would remain", "", "",
        zh: "", "", "";
    VALIDATOR_CHANGE_TOO_LARGE = 2007, 409,
        en: "more than a third of the weight would change at once", "", "",
        zh: "", "", "";
    ACTIVATION_TOO_EARLY = 2008, 400,
        en: "activation height is too early", "", "",
        zh: "", "", "";
    VALIDATOR_UNKNOWN = 2009, 404,
        en: "validator is unknown", "", "",
        zh: "", "", "";
    VALIDATOR_EXISTS = 2010, 409,
        en: "validator exists already", "", "",
        zh: "", "", "";
    DECISION_UNKNOWN = 2011, 404,
        en: "decision is unknown", "", "",
        zh: "", "", "";
    DECISION_CLOSED = 2012, 409,
        en: "decision is closed", "", "",
        zh: "", "", "";
    APPROVAL_REPEATED = 2013, 409,
        en: "organisation has approved already", "", "",
        zh: "", "", "";
    NOT_ENTITLED = 2014, 403,
        en: "organisation is not entitled to decide this", "", "",
        zh: "", "", "";
    PARAMETER_INVALID = 2015, 400,
        en: "parameter is unknown or out of range", "", "",
        zh: "", "", "";
    DECISION_PENDING = 2016, 409,
        en: "another change of the set is pending", "", "",
        zh: "", "", "";
    NOT_OWNER = 2017, 403,
        en: "key belongs to another organisation", "", "",
        zh: "", "", "";
    ROLE_UNKNOWN = 2018, 400,
        en: "role is unknown", "", "",
        zh: "", "", "";
    RECORD_UNKNOWN = 3001, 404,
        en: "record is unknown", "", "",
        zh: "", "", "";
    CORRECTION_TARGET_UNKNOWN = 3002, 404,
        en: "record to be corrected is unknown", "", "",
        zh: "", "", "";
    CORRECTION_NOT_OWN = 3003, 403,
        en: "record to be corrected belongs to another organisation", "", "",
        zh: "", "", "";
    DIGEST_INVALID = 3004, 400,
        en: "digest does not fit its algorithm", "", "",
        zh: "", "", "";
    BUSINESS_KEY_INVALID = 3005, 400,
        en: "business key is empty, too long or holds other characters", "", "",
        zh: "", "", "";
    MEMPOOL_FULL = 4001, 429,
        en: "waiting room of envelopes is full", "", "",
        zh: "", "", "";
    QUOTA_EXCEEDED = 4002, 429,
        en: "organisation's share of the waiting room is used up", "", "",
        zh: "", "", "";
    NODE_NOT_READY = 4003, 503,
        en: "node is not ready", "", "",
        zh: "", "", "";
    NO_QUORUM = 4004, 503,
        en: "no quorum of validators is reachable", "", "",
        zh: "", "", "";
    DISK_FULL = 4005, 507,
        en: "disk is full", "", "",
        zh: "", "", "";
    REQUEST_TOO_LARGE = 4006, 413,
        en: "request body is too large", "", "",
        zh: "", "", "";
    REQUEST_MALFORMED = 4007, 400,
        en: "request is malformed", "", "",
        zh: "", "", "";
    NOT_FOUND = 4008, 404,
        en: "nothing is stored under this id", "", "",
        zh: "", "", "";
    NOT_AUTHORIZED = 4009, 401,
        en: "request is not signed by a registered key", "", "",
        zh: "", "", "";
    FORBIDDEN = 4010, 403,
        en: "caller may not read this", "", "",
        zh: "", "", "";
    WAIT_TIMEOUT = 4011, 202,
        en: "envelope is accepted but not yet decided", "", "",
        zh: "", "", "";
    INTERNAL = 4012, 500,
        en: "node failed", "", "",
        zh: "", "", "";
    REPLAYED_REQUEST = 4013, 401,
        en: "signed request was used before or is too old", "", "",
        zh: "", "", "";
    RECEIPT_MALFORMED = 5001, 400,
        en: "receipt is not a canonical encoding", "", "",
        zh: "", "", "";
    RECEIPT_ENVELOPE_MISMATCH = 5002, 422,
        en: "envelope does not belong to the leaf", "", "",
        zh: "", "", "";
    RECEIPT_OUTCOME_MISMATCH = 5003, 422,
        en: "outcome does not belong to the leaf", "", "",
        zh: "", "", "";
    RECEIPT_PROOF_INVALID = 5004, 422,
        en: "inclusion proof does not lead to the header's log root", "", "",
        zh: "", "", "";
    RECEIPT_QUORUM_INVALID = 5005, 422,
        en: "quorum does not prove the header", "", "",
        zh: "", "", "";
    RECEIPT_SET_UNPROVEN = 5006, 422,
        en: "validator set is not proven under the trust root", "", "",
        zh: "", "", "";
    RECEIPT_WRONG_CHAIN = 5007, 422,
        en: "receipt belongs to another chain", "", "",
        zh: "", "", "";
    TRUST_ROOT_MISSING = 5008, 400,
        en: "no trust root was given", "", "",
        zh: "", "", "";
    TRUST_ROOT_MALFORMED = 5009, 400,
        en: "trust root or trust file is malformed", "", "",
        zh: "", "", "";
    FILE_DIGEST_MISMATCH = 5010, 422,
        en: "file is not the one that was recorded", "", "",
        zh: "", "", "";
    RECEIPT_SENDER_MISMATCH = 5011, 422,
        en: "public key is not the sender's", "", "",
        zh: "", "", "";
    RECEIPT_SIGNATURE_INVALID = 5012, 422,
        en: "sender's signature is invalid", "", "",
        zh: "", "", "";
    RECEIPTS_CONFLICT = 5013, 422,
        en: "two receipts prove two histories", "", "",
        zh: "", "", "";
    TRUST_ROOT_OLD = 5014, 200,
        en: "trust root is old", "", "",
        zh: "", "", "";
    AUDIT_MISMATCH = 5015, 422,
        en: "export contradicts itself", "", "",
        zh: "", "", "";
    NOT_A_DOCUMENT_RECEIPT = 5016, 422,
        en: "record holds no file digest", "", "",
        zh: "", "", "";
    USAGE = 6001, 400,
        en: "command cannot be used this way", "", "",
        zh: "", "", "";
    NODE_UNREACHABLE = 6002, 503,
        en: "node cannot be reached", "", "",
        zh: "", "", "";
    FILE_UNREADABLE = 6003, 400,
        en: "file cannot be read or written", "", "",
        zh: "", "", "";
    KEYSTORE_INVALID = 6004, 400,
        en: "keystore cannot be opened", "", "",
        zh: "", "", "";
    TOOL_MISSING = 6005, 500,
        en: "a program that is needed is missing", "", "",
        zh: "", "", "";
}
