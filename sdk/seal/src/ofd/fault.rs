//! Why an OFD package is refused, or why one of its signatures is: a stable code, and a sentence in Chinese and English.
//!
//! Comes in: what the reading of the package found. Goes out: codes and texts. Never: content of the document; names of files in
//! it stand beside the fault, not in it.

use crate::{Outcome, Reason, Step};

/// What is wrong with a package or with a signature in it. The order is that of the reading; codes are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum OfdFault {
    /// No end record of a ZIP file, or records that do not hold together.
    NotZip,
    /// Bytes before, between or behind the entries, which one reader sees and another does not.
    HiddenBytes,
    /// Larger than the limits of this folder allow.
    TooLarge,
    /// Inflates out of proportion.
    Ratio,
    /// More entries than allowed.
    TooManyEntries,
    /// The same name twice.
    DuplicateName,
    /// Names that differ in case alone, or a file that is also a folder.
    CollidingName,
    /// A name that leaves the package, or that another system reads as another name.
    UnsafeName,
    /// A name that is not UTF-8.
    NameEncoding,
    /// Entries that share bytes.
    OverlappingEntries,
    /// ZIP64, which nothing below the limits needs.
    Zip64,
    /// Encrypted entries, or an encryption description of GM/T 0099.
    Encrypted,
    /// A compression other than stored and deflated.
    Compression,
    /// Directory and entry disagree about name, size, method or check sum.
    HeaderMismatch,
    /// Compressed bytes that do not give what the directory says.
    CorruptEntry,
    /// No `OFD.xml` at the root, or one without a document.
    NotOfd,
    /// A document type declaration.
    Dtd,
    /// XML nested deeper than allowed.
    XmlDepth,
    /// More elements, attributes or text than allowed.
    XmlSize,
    /// XML in another encoding than UTF-8.
    XmlEncoding,
    /// Not well-formed XML, an unknown entity, or an unbound prefix.
    XmlMalformed,
    /// An element that must be there once is missing or stands twice.
    Structure,
    /// A path that leaves the package or cannot be read.
    Path,
    /// The list of signatures, a signature, its value or its seal is not in the package.
    SignatureFileMissing,
    /// A file that the signature lists is not in the package.
    FileMissing,
    /// A file that the signature lists was changed.
    FileDigest,
    /// The same file twice in one list.
    DuplicateReference,
    /// A digest algorithm that is unknown, broken, or left out (which means MD5 by the standard).
    DigestAlgorithm,
    /// The seal file is not the seal inside the signature value.
    SealMismatch,
    /// The signature type is neither Seal nor Sign.
    SignatureType,
    /// A stamp on a page that the document does not have.
    StampPage,
    /// A signature that another one is based on is missing or circular.
    Relative,
    /// Files that a reader shows and that no signature covers.
    Uncovered,
    /// Traces of a signature that is no longer listed.
    SignatureStripped,
    /// No signature at all.
    Unsigned,
    /// A list of names alone (GM/T 0099): it protects no content.
    NamesOnly,
    /// A file that the list of names (GM/T 0099) does not have: it was put in afterwards.
    NotListed,
    /// The value of the list of names (GM/T 0099) does not hold.
    EntryListValue,
    /// The list of signatures was changed after this signature, which had locked it.
    LaterSignature,
    /// A file that only a later signature covers.
    LaterFile,
}

impl OfdFault {
    /// Every fault, in the order of the reading.
    pub const ALL: [Self; 40] = [
        Self::NotZip,
        Self::HiddenBytes,
        Self::TooLarge,
        Self::Ratio,
        Self::TooManyEntries,
        Self::DuplicateName,
        Self::CollidingName,
        Self::UnsafeName,
        Self::NameEncoding,
        Self::OverlappingEntries,
        Self::Zip64,
        Self::Encrypted,
        Self::Compression,
        Self::HeaderMismatch,
        Self::CorruptEntry,
        Self::NotOfd,
        Self::Dtd,
        Self::XmlDepth,
        Self::XmlSize,
        Self::XmlEncoding,
        Self::XmlMalformed,
        Self::Structure,
        Self::Path,
        Self::SignatureFileMissing,
        Self::FileMissing,
        Self::FileDigest,
        Self::DuplicateReference,
        Self::DigestAlgorithm,
        Self::SealMismatch,
        Self::SignatureType,
        Self::StampPage,
        Self::Relative,
        Self::Uncovered,
        Self::SignatureStripped,
        Self::Unsigned,
        Self::NamesOnly,
        Self::NotListed,
        Self::EntryListValue,
        Self::LaterSignature,
        Self::LaterFile,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// The sentence in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The sentence in English.
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// What the fault means for the verdict: the step, the outcome and the reason.
    pub const fn meaning(self) -> (Step, Outcome, Reason) {
        use Outcome::{Failed, Unknown};
        match self {
            Self::NotZip
            | Self::HiddenBytes
            | Self::NameEncoding
            | Self::OverlappingEntries
            | Self::Zip64
            | Self::Compression
            | Self::HeaderMismatch
            | Self::CorruptEntry
            | Self::NotOfd
            | Self::XmlEncoding
            | Self::XmlMalformed
            | Self::Structure
            | Self::SignatureType => (Step::Format, Failed, Reason::DocumentMalformed),
            Self::TooLarge | Self::TooManyEntries | Self::XmlSize => {
                (Step::Format, Failed, Reason::TooLarge)
            }
            Self::Ratio => (Step::Format, Failed, Reason::Bomb),
            Self::DuplicateName | Self::CollidingName | Self::DuplicateReference => {
                (Step::Format, Failed, Reason::DuplicateEntry)
            }
            Self::UnsafeName | Self::Path => (Step::Format, Failed, Reason::PathOutside),
            Self::StampPage => (Step::Format, Unknown, Reason::DocumentMalformed),
            Self::Encrypted => (Step::Format, Unknown, Reason::Encrypted),
            Self::Dtd => (Step::Format, Failed, Reason::Dtd),
            Self::XmlDepth => (Step::Format, Failed, Reason::TooDeep),
            Self::DigestAlgorithm => (Step::Integrity, Unknown, Reason::AlgorithmUnsupported),
            Self::SignatureFileMissing => (Step::Integrity, Failed, Reason::SignatureStripped),
            Self::FileMissing => (Step::Integrity, Failed, Reason::FileMissing),
            Self::FileDigest => (Step::Integrity, Failed, Reason::FileDigest),
            Self::SealMismatch => (Step::Integrity, Failed, Reason::SealFileDiffers),
            Self::Relative => (Step::Integrity, Failed, Reason::EarlierSignature),
            Self::LaterSignature => (Step::Integrity, Failed, Reason::LaterChange),
            Self::EntryListValue => (Step::Integrity, Failed, Reason::OuterSignature),
            Self::Unsigned => (Step::Integrity, Unknown, Reason::Unsigned),
            Self::SignatureStripped => (Step::Integrity, Unknown, Reason::SignatureStripped),
            Self::NotListed => (Step::Coverage, Failed, Reason::Coverage),
            Self::Uncovered => (Step::Coverage, Unknown, Reason::Coverage),
            Self::LaterFile => (Step::Coverage, Unknown, Reason::LaterChange),
            Self::NamesOnly => (Step::Coverage, Unknown, Reason::NamesOnly),
        }
    }

    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::NotZip => ("OFD_NOT_ZIP", "不是完整的 ZIP 文件", "not a whole ZIP file"),
            Self::HiddenBytes => (
                "OFD_HIDDEN_BYTES",
                "条目之前、之间或之后有隐藏字节",
                "bytes hidden before, between or behind the entries",
            ),
            Self::TooLarge => ("OFD_TOO_LARGE", "超过大小上限", "larger than the limit"),
            Self::Ratio => ("OFD_RATIO", "压缩比超过上限", "inflates beyond the allowed ratio"),
            Self::TooManyEntries => ("OFD_ENTRIES", "条目过多", "too many entries"),
            Self::DuplicateName => {
                ("OFD_DUPLICATE_NAME", "同名条目重复", "the same entry name twice")
            }
            Self::CollidingName => (
                "OFD_COLLIDING_NAME",
                "条目名仅大小写不同，或文件与文件夹同名",
                "entry names that differ in case alone, or a file that is also a folder",
            ),
            Self::UnsafeName => (
                "OFD_UNSAFE_NAME",
                "条目名越出文件包或有歧义",
                "an entry name that leaves the package or is ambiguous",
            ),
            Self::NameEncoding => {
                ("OFD_NAME_ENCODING", "条目名不是 UTF-8 编码", "an entry name that is not UTF-8")
            }
            Self::OverlappingEntries => {
                ("OFD_OVERLAP", "条目数据相互重叠", "entries that share bytes")
            }
            Self::Zip64 => ("OFD_ZIP64", "不支持 ZIP64 结构", "ZIP64 is not accepted"),
            Self::Encrypted => {
                ("OFD_ENCRYPTED", "文件已加密，无法验证", "encrypted, cannot be verified")
            }
            Self::Compression => {
                ("OFD_COMPRESSION", "不支持的压缩方式", "unknown compression method")
            }
            Self::HeaderMismatch => (
                "OFD_HEADER_MISMATCH",
                "目录与条目头不一致",
                "the directory and an entry's own header disagree",
            ),
            Self::CorruptEntry => {
                ("OFD_CORRUPT_ENTRY", "条目数据损坏", "an entry's data is corrupt")
            }
            Self::NotOfd => ("OFD_NOT_OFD", "不是 OFD 文件", "not an OFD document"),
            Self::Dtd => ("OFD_DTD", "XML 含文档类型声明", "XML with a document type declaration"),
            Self::XmlDepth => ("OFD_XML_DEPTH", "XML 嵌套过深", "XML nested too deep"),
            Self::XmlSize => ("OFD_XML_SIZE", "XML 过大", "XML larger than the limit"),
            Self::XmlEncoding => {
                ("OFD_XML_ENCODING", "XML 不是 UTF-8 编码", "XML that is not UTF-8")
            }
            Self::XmlMalformed => ("OFD_XML", "XML 格式错误", "malformed XML"),
            Self::Structure => (
                "OFD_STRUCTURE",
                "必需的元素缺失或重复",
                "a required element is missing or stands twice",
            ),
            Self::Path => (
                "OFD_PATH",
                "路径越出文件包或无法识别",
                "a path that leaves the package or cannot be read",
            ),
            Self::SignatureFileMissing => {
                ("OFD_SIGNATURE_FILE_MISSING", "签名文件缺失", "a file of the signature is missing")
            }
            Self::FileMissing => (
                "OFD_FILE_MISSING",
                "签名列出的文件缺失",
                "a file that the signature lists is missing",
            ),
            Self::FileDigest => (
                "OFD_FILE_DIGEST",
                "签名列出的文件被改动",
                "a file that the signature lists was changed",
            ),
            Self::DuplicateReference => (
                "OFD_DUPLICATE_REFERENCE",
                "签名重复列出同一文件",
                "the signature lists one file twice",
            ),
            Self::DigestAlgorithm => (
                "OFD_DIGEST_ALGORITHM",
                "摘要算法未知或不安全",
                "an unknown or unsafe digest algorithm",
            ),
            Self::SealMismatch => (
                "OFD_SEAL_MISMATCH",
                "印章文件与签名值内的印章不同",
                "the seal file is not the seal inside the signature value",
            ),
            Self::SignatureType => {
                ("OFD_SIGNATURE_TYPE", "未知的签名类型", "an unknown type of signature")
            }
            Self::StampPage => {
                ("OFD_STAMP_PAGE", "印章所在页不存在", "a stamp on a page that does not exist")
            }
            Self::Relative => (
                "OFD_RELATIVE",
                "所依据的签名缺失或循环",
                "the signature that this one is based on is missing or circular",
            ),
            Self::Uncovered => {
                ("COVERAGE", "有可见文件未被签名覆盖", "files that a reader shows are not covered")
            }
            Self::SignatureStripped => (
                "OFD_SIGNATURE_STRIPPED",
                "有签名被移除的痕迹",
                "traces of a signature that was removed",
            ),
            Self::Unsigned => ("OFD_UNSIGNED", "文件没有签名", "the document is not signed"),
            Self::NamesOnly => (
                "OFD_NAMES_ONLY",
                "仅有文件名清单（GM/T 0099），内容不受保护",
                "a list of names alone (GM/T 0099) protects no content",
            ),
            Self::NotListed => (
                "OFD_NOT_LISTED",
                "文件包中有清单（GM/T 0099）之外的文件",
                "a file that the list of names (GM/T 0099) does not have",
            ),
            Self::EntryListValue => (
                "OFD_ENTRY_LIST_VALUE",
                "文件名清单（GM/T 0099）的签名值不成立",
                "the value of the list of names (GM/T 0099) does not hold",
            ),
            Self::LaterSignature => (
                "OFD_LATER_SIGNATURE",
                "签名锁定了签名列表，此后又增加了签名",
                "a signature was added after this one, which had locked the list",
            ),
            Self::LaterFile => (
                "OFD_LATER_FILE",
                "可见文件仅被后续签名覆盖",
                "a file that only a later signature covers",
            ),
        }
    }
}

impl core::fmt::Display for OfdFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.code(), self.en())
    }
}

impl std::error::Error for OfdFault {}
