//! Why a step was not passed, or what was noticed: one table of stable names with texts in both languages.
//!
//! Comes in: nothing. Goes out: names for programs, texts for people. Never: a name used twice or given another meaning.
use core::fmt;

macro_rules! reasons {
    ($($variant:ident $name:literal $en:literal $zh:literal;)*) => {
        /// A stable reason. Its [`Reason::name`] is part of the interface and is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $en] $variant,)*
        }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, `SEAL_SIGNATURE`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence in English.
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)* }
            }

            /// One sentence in Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }
        }
    };
}

reasons! {
    // Format.
    MalformedDer "MALFORMED_DER" "the encoding is damaged" "编码损坏";
    TooLarge "TOO_LARGE" "the input is larger than allowed" "输入超过允许的大小";
    TooDeep "TOO_DEEP" "the encoding is nested too deeply" "编码嵌套过深";
    TrailingData "TRAILING_DATA" "bytes follow the end of the structure" "结构末尾有多余字节";
    NotDer "NOT_DER" "the encoding is not DER and the strict profile forgives nothing" "编码不是 DER，严格模式不予通过";
    MissingField "MISSING_FIELD" "a field is missing or has another type" "缺少字段或字段类型不符";
    HeaderId "HEADER_ID" "the seal's header does not begin with ES" "印章头标识不是 ES";
    VersionUnknown "VERSION_UNKNOWN" "the version is unknown" "版本未知";
    VersionMismatch "VERSION_MISMATCH" "the versions in seal and signature differ, or do not fit the structure" "印章与签章的版本不一致，或与结构不符";
    CertListType "CERT_LIST_TYPE" "the type of the certificate list is unknown or does not fit the list" "证书列表类型未知或与列表不符";
    AlgorithmUnsupported "ALGORITHM_UNSUPPORTED" "the algorithm is not supported" "不支持该算法";
    AlgorithmKeyMismatch "ALGORITHM_KEY_MISMATCH" "the algorithm does not fit the key" "算法与密钥不符";
    SignatureEncoding "SIGNATURE_ENCODING" "the signature value is not encoded as r and s" "签名值的编码不正确";
    SignatureRange "SIGNATURE_RANGE" "r or s lies outside 1 to n-1" "签名值 r 或 s 超出范围";
    CertMalformed "CERT_MALFORMED" "a certificate is damaged" "证书损坏";
    SignerCount "SIGNER_COUNT" "the structure has no signer or more than one" "签名者数量不是一个";
    // Integrity.
    OuterSignature "OUTER_SIGNATURE" "the signature does not verify with the signer's certificate" "签名值用签名者证书验证不通过";
    DataHash "DATA_HASH" "the digest in the signature is not that of the original" "签名中的摘要与原文不符";
    OriginalNeeded "ORIGINAL_NEEDED" "this form can only be checked with the original, not with its digest" "该形式须提供原文，仅凭摘要无法验证";
    DataHashWithZ "DATA_HASH_WITH_Z" "the digest is SM3 over Z and the original, not over the original alone" "摘要按 SM3(Z‖原文) 计算，而非直接对原文计算";
    FileDigest "FILE_DIGEST" "a file differs from its digest in the list" "文件与清单中的摘要不符";
    FileMissing "FILE_MISSING" "a listed file is missing" "清单中的文件缺失";
    Unsigned "UNSIGNED" "nothing is signed" "没有签名";
    SignatureStripped "SIGNATURE_STRIPPED" "a signature that the document names is missing" "文档登记的签名已被移除";
    LaterChange "LATER_CHANGE" "the document was changed after this signature" "文档在该签名之后被更改";
    EarlierSignature "EARLIER_SIGNATURE" "an earlier signature that this one builds on is not valid" "所依据的先前签名无效";
    SealFileDiffers "SEAL_FILE_DIFFERS" "the seal file differs from the seal in the signature" "印章文件与签名中的印章不一致";
    Dtd "DTD" "the document holds a document type definition" "文档含有 DTD";
    PathOutside "PATH_OUTSIDE" "a path leads out of the package" "路径指向包外";
    DuplicateEntry "DUPLICATE_ENTRY" "two entries of the package have the same or colliding names" "包内条目重名或名称冲突";
    Bomb "BOMB" "the package unpacks to more than allowed" "解包后的大小超过限制";
    Encrypted "ENCRYPTED" "the document is encrypted and cannot be verified" "文档已加密，无法验证";
    DocumentMalformed "DOCUMENT_MALFORMED" "the document is damaged" "文档损坏";
    // Seal and signer.
    SealSignature "SEAL_SIGNATURE" "the seal's signature does not verify with its maker's certificate" "印章签名用制章者证书验证不通过";
    SealNotYetValid "SEAL_NOT_YET_VALID" "the seal was not yet valid" "印章尚未生效";
    SealExpired "SEAL_EXPIRED" "the seal had expired" "印章已过有效期";
    SealPeriod "SEAL_PERIOD" "the seal's validity ends before it begins" "印章有效期的起止颠倒";
    SignerNotInSeal "SIGNER_NOT_IN_SEAL" "the signer's certificate is not in the seal's list; after a renewal of the certificate the seal must be made again" "签名者证书不在印章的证书列表中；证书更新后须重新制章";
    SignerUnknown "SIGNER_UNKNOWN" "the signer's certificate is not in the value and was not handed in" "签名值中没有签名者证书，调用者也未提供";
    KeyUsage "KEY_USAGE" "the certificate's key usage does not allow signatures" "证书密钥用途不允许签名";
    ExtendedKeyUsage "EXTENDED_KEY_USAGE" "the certificate's extended key usage does not fit" "证书扩展密钥用途不符";
    // Path.
    CertNotYetValid "CERT_NOT_YET_VALID" "a certificate was not yet valid at that time" "证书在该时间尚未生效";
    CertExpired "CERT_EXPIRED" "a certificate had expired at that time" "证书在该时间已过期";
    ChainBroken "CHAIN_BROKEN" "no path of known certificates leads from this certificate to an anchor" "找不到从该证书到信任锚的证书链";
    UntrustedRoot "UNTRUSTED_ROOT" "the path ends at a root that is not trusted" "证书链终止于不受信任的根证书";
    CertSignature "CERT_SIGNATURE" "a certificate's signature does not verify with its issuer's key" "证书签名用颁发者公钥验证不通过";
    IssuerNotCa "ISSUER_NOT_CA" "the issuer is no CA" "颁发者不是 CA";
    IssuerKeyUsage "ISSUER_KEY_USAGE" "the issuer's key usage does not allow it to sign certificates" "颁发者的密钥用途不允许签发证书";
    PathLength "PATH_LENGTH" "the path is longer than its CA allows" "证书链超过 CA 允许的长度";
    NameConstraints "NAME_CONSTRAINTS" "a name lies outside the constraints of its CA" "名称超出 CA 的名称约束";
    CriticalExtension "CRITICAL_EXTENSION" "a certificate holds a critical extension that is not understood" "证书含有无法识别的关键扩展";
    // Revocation.
    Revoked "REVOKED" "a certificate was revoked at that time" "证书在该时间已被吊销";
    RevokedLater "REVOKED_LATER" "a certificate was revoked after the proven time of the signature" "证书在签名的可信时间之后被吊销";
    RevokedNoTrustedTime "REVOKED_NO_TRUSTED_TIME" "a certificate is revoked and no trusted time proves the signature older" "证书已被吊销，且没有可信时间证明签名在此之前";
    RevocationUnknown "REVOCATION_UNKNOWN" "no usable revocation list or answer for a certificate" "没有可用的吊销列表或应答";
    RevocationStale "REVOCATION_STALE" "the revocation list or answer is too old" "吊销列表或应答已过时";
    RevocationForged "REVOCATION_FORGED" "a revocation list or answer was not signed by the certificate's issuer" "吊销列表或应答不是由该证书的颁发者签署";
    // Time.
    ClaimedTimeOnly "CLAIMED_TIME_ONLY" "the time of signing is the signer's own claim" "签名时间仅为签名者自称";
    TimeUnreadable "TIME_UNREADABLE" "the claimed time of signing cannot be read" "自称的签名时间无法识别";
    TimeInFuture "TIME_IN_FUTURE" "the claimed time of signing lies in the future" "自称的签名时间在未来";
    TimeContradiction "TIME_CONTRADICTION" "the claimed time lies after the time at which the signature is proven to exist" "自称的签名时间晚于可信时间";
    TimeStampMalformed "TIME_STAMP_MALFORMED" "the time stamp is damaged" "时间戳损坏";
    TimeStampImprint "TIME_STAMP_IMPRINT" "the time stamp is for other bytes" "时间戳对应的不是该数据";
    TimeStampSignature "TIME_STAMP_SIGNATURE" "the time stamp's signature does not verify" "时间戳的签名验证不通过";
    TimeStampUntrusted "TIME_STAMP_UNTRUSTED" "the time stamp's authority is not trusted" "时间戳机构不受信任";
    TimeStampHolds "TIME_STAMP_HOLDS" "a time stamp proves this time" "时间戳证明了该时间";
    NoTime "NO_TIME" "the value names no time; it is judged at the time of the verification" "签名值未包含时间，按验证时间判断";
    // Registry.
    RegistryNotAsked "REGISTRY_NOT_ASKED" "no registry was asked" "未查询登记";
    SealUnknown "SEAL_UNKNOWN" "the registry knows no such seal" "登记中没有该印章";
    SealNotYetFiled "SEAL_NOT_YET_FILED" "the seal was filed after the signature was made" "印章备案晚于签章时间";
    SealFrozen "SEAL_FROZEN" "the seal was frozen at that time" "印章在该时间处于冻结状态";
    SealRevoked "SEAL_REVOKED" "the seal was revoked at that time (吊销)" "印章在该时间已被吊销";
    SealWithdrawn "SEAL_WITHDRAWN" "the seal was withdrawn at that time (撤销)" "印章在该时间已被撤销";
    SealLost "SEAL_LOST" "the seal was reported lost at that time (挂失)" "印章在该时间已挂失";
    SealReplaced "SEAL_REPLACED" "the seal was replaced at that time (更换)" "印章在该时间已被更换";
    SealEndedLater "SEAL_ENDED_LATER" "the seal ended after the proven time of the signature" "印章在签章的可信时间之后停用";
    SealEndedNoTrustedTime "SEAL_ENDED_NO_TRUSTED_TIME" "the seal has ended and no trusted time proves the signature older" "印章已停用，且没有可信时间证明签章在此之前";
    MakerNotAdmitted "MAKER_NOT_ADMITTED" "the maker of the seal was not admitted at that time" "制章者在该时间未获准入";
    VendorNotAdmitted "VENDOR_NOT_ADMITTED" "the vendor of the seal was not admitted at that time" "印章厂商在该时间未获准入";
    CaNotAdmitted "CA_NOT_ADMITTED" "the CA was not admitted at that time" "CA 在该时间未获准入";
    // Coverage.
    Coverage "COVERAGE" "files that the document reaches are covered by no signature" "文档引用的文件未被任何签名保护";
    NamesOnly "NAMES_ONLY" "the list protects names of files, not their content" "清单只保护文件名，不保护内容";
    PartOfFile "PART_OF_FILE" "the signature covers only a part of the file" "签名只覆盖文件的一部分";
    // Noticed.
    LeniencyUsed "LENIENCY_USED" "an encoding was forgiven" "容忍了一处不规范编码";
    CriticalSealExtension "CRITICAL_SEAL_EXTENSION" "the seal or signature holds a critical extension that is not understood" "印章或签章含有无法识别的关键扩展";
    WeakAlgorithm "WEAK_ALGORITHM" "a weak algorithm is used" "使用了弱算法";
    ExpiredSince "EXPIRED_SINCE" "a certificate or the seal has expired since then" "证书或印章此后已过期";
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn every_reason_has_a_name_of_its_own_and_texts_in_both_languages() {
        let mut names: alloc::vec::Vec<_> =
            Reason::ALL.iter().map(|reason| reason.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert!(reason.name().bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase()));
            assert!(!reason.zh().is_ascii() && reason.en().len() > 10);
        }
    }
}
