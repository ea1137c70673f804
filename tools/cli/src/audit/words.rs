//! The findings of an audit in both languages.

use super::check::Finding;
use crate::tr;

/// A finding in the language of the process.
pub fn finding(finding: Finding) -> String {
    match finding {
        Finding::OtherChain => tr!(
            "the export begins from another genesis than the trust root",
            "导出的创世与信任根不同"
        ),
        Finding::GenesisRegistry => tr!(
            "genesis entries do not give the registry root of the genesis",
            "创世条目与创世的登记树根不符"
        ),
        Finding::GenesisSet => {
            tr!("the first validator set is not that of the genesis", "首个验证节点集与创世不符")
        }
        Finding::HeaderChain => {
            tr!("the header does not follow the one before", "区块头与前一区块头不衔接")
        }
        Finding::Proposer => tr!(
            "the proposer is not the one of the height and round",
            "提议者不是该高度与轮次的提议者"
        ),
        Finding::Quorum => {
            tr!("the quorum does not prove the header", "共识提交证明不能证明该区块头")
        }
        Finding::NextSet => tr!(
            "the validator set of the next block is missing or another",
            "下一区块的验证节点集缺失或不符"
        ),
        Finding::Payload => tr!("the payload is not the one of the header", "区块内容与区块头不符"),
        Finding::Expiry => tr!("an envelope lies outside its time", "请求不在其有效期内"),
        Finding::Duplicate => tr!("an envelope occurs twice", "请求重复出现"),
        Finding::SenderKey => tr!("the key of a sender is missing", "缺少发送者公钥"),
        Finding::SenderSignature => tr!("the signature of a sender is invalid", "发送者签名无效"),
        Finding::Outcomes => {
            tr!("there are not as many outcomes as envelopes", "结果与请求数目不符")
        }
        Finding::RefusedWithEffects => tr!("a refused record has effects", "被拒绝的记录带有效果"),
        Finding::RegistryVersion => {
            tr!("a registry write does not follow the version before", "登记写入的版本不连续")
        }
        Finding::Log => {
            tr!("the leaves do not give the log root of the header", "叶子与区块头的日志根不符")
        }
        Finding::Registry => tr!(
            "the writes do not give the registry root of the header",
            "写入与区块头的登记树根不符"
        ),
        Finding::Checkpoint => {
            tr!("the header is not the trusted checkpoint", "区块头不是所信任的检查点")
        }
    }
}
