//! Codes of membership from 2028 on: proofs of keys, delegates, acts of two keys, modules and versions of the rules.

use super::{Code, CodeRow, CodeText};

codes! {
    KEY_PROOF_INVALID = 2028, 403,
        en: "new key's proof does not verify",
            "the key that is to be registered signed something else, for another organisation or chain, or did not sign at all",
            "let the key's holder make the proof again (yinglian keys prove)",
        zh: "新密钥的持有证明无效",
            "待登记的密钥签的是其他内容、其他机构或其他链，或根本没有签名",
            "请密钥持有人重新生成持有证明（yinglian keys prove）";
    DELEGATION_UNKNOWN = 2029, 404,
        en: "key is no delegate's",
            "nothing was delegated to this key",
            "check the address, or grant a delegation",
        zh: "该密钥不是受托人密钥",
            "没有向该密钥授予委托",
            "核对地址，或先授予委托";
    DELEGATION_EXISTS = 2030, 409,
        en: "key is a delegate's already",
            "a key acts under one delegation at a time, and a delegate's key decides no blocks",
            "change the delegation, end it first, or use another key",
        zh: "该密钥已是受托人密钥",
            "一把密钥同一时间只在一项委托下行事，受托人密钥不参与共识",
            "变更该委托，先终止该委托，或使用其他密钥";
    DELEGATION_OVER = 2031, 409,
        en: "delegation is over",
            "its period has passed, or it was ended before",
            "grant a new delegation",
        zh: "委托已结束",
            "委托期限已过，或已提前终止",
            "重新授予委托";
    PERIOD_INVALID = 2032, 400,
        en: "period is not possible",
            "a delegation begins before it is over, is not over yet, and lasts five years at most",
            "correct the times; they are read at the last header's time",
        zh: "期限不成立",
            "委托的开始须早于结束，结束须在当前之后，最长五年",
            "更正时间；时间以最新区块头为准";
    KEY_HAS_ROLES = 2033, 409,
        en: "key has roles of its own",
            "roles of its own would outlast the delegation",
            "register a key without roles and delegate to it",
        zh: "该密钥自身已有角色",
            "自身的角色会超出委托期限",
            "登记一把不带角色的密钥，再向其授予委托";
    DELEGATE_BARRED = 2034, 403,
        en: "delegate may not do this",
            "a delegate passes nothing on, and one for a part of the region does not bind the whole organisation",
            "use a key of the organisation itself that holds the role",
        zh: "受托人不得办理此事项",
            "受托人不得转委托或授予他人权限；区划小于本机构的受托人不能代表整个机构",
            "使用本机构自身具有该角色的密钥";
    TWO_PERSON_RULE_INVALID = 2035, 400,
        en: "list of acts for two keys is not sound",
            "each act is a method that the rule knows, listed once; a list without key.register, key.rotate, delegate.grant and delegate.change lets one key make the second",
            "add what is missing, or list nothing",
        zh: "双人行为清单不成立",
            "清单中的方法须为规则已知且各列一次；缺少 key.register、key.rotate、delegate.grant、delegate.change 时，一人即可造出第二把密钥",
            "补全清单，或清空清单";
    ACT_UNKNOWN = 2036, 404,
        en: "act is unknown",
            "no act with this id waits for a second signature",
            "check the id: it is the envelope id of the proposal",
        zh: "双人行为未知",
            "没有该编号的行为在等待第二人签名",
            "核对编号：即首个链上请求的编号";
    ACT_CLOSED = 2037, 409,
        en: "act was carried out already",
            "another key of the organisation has signed it",
            "nothing to do",
        zh: "该行为已执行",
            "本机构另一把密钥已经签名",
            "无需处理";
    ACT_EXPIRED = 2038, 410,
        en: "act has expired",
            "nobody signed it within the time that the organisation set",
            "propose it again",
        zh: "该行为已过期",
            "在本机构规定的时间内没有第二人签名",
            "重新提出";
    MODULE_UNKNOWN = 2039, 404,
        en: "module is unknown",
            "no complete document with this digest was uploaded, or no module of this name is admitted",
            "upload the document first (yinglian module admit), or check name and digest",
        zh: "模块未知",
            "没有上传该摘要的完整文件，或没有准入该名称的模块",
            "先上传文件（yinglian module admit），或核对名称与摘要";
    MODULE_INVALID = 2040, 409,
        en: "module cannot be admitted so",
            "the document names another contract or version, the version is not above the admitted one, or the module was retired before",
            "propose the name and version that the document holds, with a higher version",
        zh: "模块不能如此准入",
            "文件中的名称或版本与提议不符，版本不高于已准入版本，或该模块已停用",
            "按文件中的名称与更高的版本重新提议";
    PROTOCOL_VERSION_INVALID = 2041, 400,
        en: "version of the rules is not the next one",
            "versions rise one by one, and one change is pending at a time",
            "propose the version after the one in force; propose the one in force to call a pending change off",
        zh: "协议版本不是下一个版本",
            "协议版本逐一递增，同一时间只有一项变更待生效",
            "提议现行版本之后的版本；提议现行版本即取消待生效的变更";
}
