//! Encodings in the field that the standards do not allow, each with a name.
//!
//! Comes in: what the readers met. Goes out: stable names. Never: a leniency that is not listed in the report.

macro_rules! leniencies {
    ($($variant:ident $name:literal $text:literal;)*) => {
        /// One forgiven encoding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Leniency {
            $(#[doc = $text] $variant,)*
        }

        impl Leniency {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether the strict profile refuses it. A default written out is what most libraries produce: it is only listed.
            pub const fn is_refused_by_strict(self) -> bool {
                !matches!(self, Self::DefaultWritten)
            }
        }
    };
}

leniencies! {
    LongLength "LONG_LENGTH" "a length written in more bytes than it needs";
    DefaultWritten "DEFAULT_WRITTEN" "a value that DER leaves out because it is the default";
    BooleanValue "BOOLEAN_VALUE" "a BOOLEAN that is neither 00 nor FF";
    LongInteger "LONG_INTEGER" "an INTEGER written in more bytes than it needs";
    TextOid "TEXT_OID" "an object identifier that is text";
    StringType "STRING_TYPE" "a text of another string type";
    TimeType "TIME_TYPE" "a time of another type than the version has";
    OctetForBit "OCTET_FOR_BIT" "an OCTET STRING in the place of a BIT STRING";
    WrappedSeal "WRAPPED_SEAL" "the seal inside an OCTET STRING";
    WrappedSignInfo "WRAPPED_SIGN_INFO" "the seal's signature part inside a BIT STRING";
    WrappedExtensions "WRAPPED_EXTENSIONS" "extensions inside an OCTET STRING";
    UntaggedExtensions "UNTAGGED_EXTENSIONS" "extensions without the tag that the version has";
    BareCert "BARE_CERT" "a certificate in the list that is not inside an OCTET STRING";
    CertListItem "CERT_LIST_ITEM" "an item of the certificate list that is no certificate";
    RawSignature "RAW_SIGNATURE" "a signature value as 64 bytes r and s";
    TimeStampTag "TIME_STAMP_TAG" "a time stamp under another tag";
    VersionOfTbs "VERSION_OF_TBS" "versions 1 to 3 of seal and signature differ";
    AlgorithmName "ALGORITHM_NAME" "another identifier for SM2 with SM3";
    DigestWithZ "DIGEST_WITH_Z" "the digest of the original is SM3 over Z and the original";
    CmsData "CMS_DATA" "the content type of PKCS#7 instead of that of GB/T 35275";
    CmsTextDigest "CMS_TEXT_DIGEST" "the signed digest as text of base64";
    NameCase "NAME_CASE" "a path in an OFD document written with another case than the file's name";
    UnmarkedName "UNMARKED_NAME" "a file name in a package that is not marked as UTF-8";
    Namespace "NAMESPACE" "elements outside the namespace of GB/T 33190";
    SetOrder "SET_ORDER" "a SET whose elements are not in DER order";
}

impl serde::Serialize for Leniency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
