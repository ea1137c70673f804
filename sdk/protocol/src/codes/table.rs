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
        en: "applied",
            "the contract accepted the call and its effects took place",
            "nothing to do",
        zh: "已生效",
            "合约接受了该调用，其效果已生效",
            "无需处理";
    ENVELOPE_MALFORMED = 1001, 400,
        en: "envelope is not a canonical encoding",
            "the bytes do not decode, or bytes follow the end",
            "encode the envelope with the SDK, or let POST /v1/envelopes/prepare build its bytes",
        zh: "链上请求不是规范编码",
            "字节无法解码，或末尾有多余字节",
            "用 SDK 编码，或由 POST /v1/envelopes/prepare 生成字节";
    ENVELOPE_TOO_LARGE = 1002, 413,
        en: "envelope exceeds 64 KiB",
            "the arguments are larger than one envelope may hold",
            "notarize a digest of the content instead of the content",
        zh: "链上请求超过 64 KiB",
            "参数超出一个链上请求的上限",
            "存证内容的摘要，而不是内容本身";
    ENVELOPE_FORMAT_UNKNOWN = 1003, 400,
        en: "envelope format is unknown",
            "the envelope was made by a newer or foreign program",
            "use a program of this chain's version",
        zh: "链上请求格式未知",
            "链上请求由更新的或其他程序生成",
            "使用与本链版本一致的程序";
    WRONG_CHAIN = 1004, 400,
        en: "envelope was signed for another chain",
            "the genesis hash that was signed is not this chain's",
            "fetch /v1/genesis from this network and sign again",
        zh: "链上请求是为另一条链签名的",
            "签名所含的创世哈希不是本链的",
            "从本网络取得 /v1/genesis 后重新签名";
    EXPIRED = 1005, 410,
        en: "envelope has expired",
            "block time is past valid_until_ms, so the envelope can no longer enter a block",
            "sign a new envelope with a later valid_until_ms",
        zh: "链上请求已过期",
            "区块时间已超过 valid_until_ms，该链上请求不能再进入区块",
            "以更晚的 valid_until_ms 重新签名";
    VALID_UNTIL_TOO_FAR = 1006, 400,
        en: "valid_until_ms lies too far ahead",
            "the chain allows only envelope_valid_ms_max ahead of block time",
            "choose an earlier valid_until_ms, and check the clock of the sender",
        zh: "valid_until_ms 过远",
            "本链只允许在区块时间之后 envelope_valid_ms_max 以内",
            "选择更早的 valid_until_ms，并检查发送方时钟";
    SENDER_UNKNOWN = 1007, 403,
        en: "sender is not registered",
            "no key with this address is registered on the chain",
            "let an administrator of the organisation register the key (key.register)",
        zh: "发送方未登记",
            "链上没有登记该地址的密钥",
            "请本机构管理员登记该密钥（key.register）";
    KEY_REVOKED = 1008, 403,
        en: "key is revoked",
            "the key was revoked or replaced from a height that is reached",
            "use the key that replaced it, or let an administrator register a new one",
        zh: "密钥已撤销",
            "该密钥已自某一高度起被撤销或更换，且该高度已到",
            "使用更换后的密钥，或请管理员登记新密钥";
    SIGNATURE_INVALID = 1009, 403,
        en: "signature is invalid",
            "the signature does not verify under the sender's registered key: other bytes were signed, or those of another chain, whose genesis hash is signed too",
            "sign the exact bytes that prepare returns, with the sender's key and, for SM2, the ID 1234567812345678",
        zh: "签名无效",
            "用发送方登记的公钥验签不通过：签的是其他字节，或是为另一条链签的（创世哈希也在签名内）",
            "用发送方密钥对 prepare 返回的字节签名；SM2 的用户标识为 1234567812345678";
    CONTRACT_UNKNOWN = 1010, 404,
        en: "contract is unknown",
            "no contract of this name runs on the chain",
            "check the spelling of the contract's name",
        zh: "合约未知",
            "链上没有该名称的合约",
            "检查合约名称的拼写";
    METHOD_UNKNOWN = 1011, 404,
        en: "method or method version is unknown",
            "the contract has no method of this name and version",
            "check name and version, and that the client is not newer than the chain",
        zh: "方法或方法版本未知",
            "该合约没有此名称和版本的方法",
            "检查名称与版本，并确认客户端不比链新";
    ARGUMENTS_MALFORMED = 1012, 400,
        en: "arguments do not match the method",
            "a field is missing, unknown, of another type or out of its range",
            "compare the arguments with the method's description",
        zh: "参数与方法不符",
            "字段缺失、未知、类型不符或超出范围",
            "对照方法说明检查参数";
    PERSONAL_DATA = 1013, 422,
        en: "free text holds personal data in clear",
            "a free text looks like a citizen ID number, a mobile number or a bank card number",
            "remove the number; put business numbers into the declared code field, personal data only as a commitment",
        zh: "自由文本含明文个人信息",
            "自由文本中疑似出现公民身份号码、手机号或银行卡号",
            "删除该号码；业务编号放入编码字段，个人信息只能以承诺值上链";
    DUPLICATE = 1014, 200,
        en: "envelope was recorded before",
            "the same envelope is in a block already",
            "use the earlier record; nothing was recorded twice",
        zh: "链上请求此前已记录",
            "同一链上请求已在某一区块中",
            "使用先前的记录；没有重复记录";
    ROLE_MISSING = 1015, 403,
        en: "sender lacks the role",
            "the method needs a role that the sender's key does not hold",
            "use a key with the role, or let an administrator register one",
        zh: "发送方缺少角色",
            "该方法要求的角色，发送方密钥不具备",
            "使用具备该角色的密钥，或请管理员登记";
    TEXT_TOO_LONG = 1016, 400,
        en: "text is too long",
            "a text exceeds the limit of its field",
            "shorten the text; notarize long content as a digest",
        zh: "文本过长",
            "文本超出字段上限",
            "缩短文本；长内容以摘要存证";
    ORGANIZATION_SUSPENDED = 1017, 403,
        en: "organisation is suspended",
            "a decision suspended the organisation; its keys cannot send",
            "ask the sharing authority to resume the organisation",
        zh: "机构已被暂停",
            "经决定暂停了该机构，其密钥不能发送",
            "请共享主管部门恢复该机构";
    EFFECTS_TOO_LARGE = 1018, 422,
        en: "call would write too much",
            "the call exceeds the limits on registry writes, events or the size of a value",
            "split the call into smaller ones",
        zh: "调用写入过多",
            "该调用超出登记写入、事件或单个值大小的上限",
            "拆分为较小的调用";
    PAYLOAD_MALFORMED = 1101, 400,
        en: "payload is not a canonical encoding",
            "the bytes of the block's payload do not decode or break a limit",
            "fetch the block from another node; if it repeats, report it to the operators",
        zh: "区块载荷不是规范编码",
            "区块载荷的字节无法解码或超出上限",
            "从其他节点获取该区块；若重复出现，请报告运维人员";
    BLOCK_INVALID = 1102, 400,
        en: "block breaks a rule",
            "the proposer built a block that the rules refuse",
            "nothing to do: validators refuse it; look at node/why for the reason",
        zh: "区块违反规则",
            "提案者生成了不符合规则的区块",
            "无需处理：验证节点会拒绝；原因见 node/why";
    STATE_CORRUPT = 1103, 500,
        en: "stored state is corrupt",
            "an entry that the rules need is missing or does not decode",
            "stop the node, check the disk, and let it rejoin with an empty data folder",
        zh: "存储的状态已损坏",
            "规则所需的条目缺失或无法解码",
            "停止节点，检查磁盘，清空数据目录后重新加入";
    ORGANIZATION_EXISTS = 2001, 409,
        en: "organisation exists already",
            "an organisation with this credit code is registered",
            "use the registered organisation, or check the code",
        zh: "机构已存在",
            "该统一社会信用代码已登记",
            "使用已登记的机构，或核对代码";
    ORGANIZATION_UNKNOWN = 2002, 404,
        en: "organisation is unknown",
            "no organisation with this credit code is registered",
            "register the organisation first, or check the code",
        zh: "机构未知",
            "该统一社会信用代码未登记",
            "先登记该机构，或核对代码";
    REGION_INVALID = 2003, 400,
        en: "region does not fit the organisation's place in the tree",
            "a region has 6, 9 or 12 digits and lies in the region of the organisation above",
            "correct the region or choose another parent",
        zh: "区划与机构在树中的位置不符",
            "区划代码为 6、9 或 12 位，且须位于上级机构的区划之内",
            "更正区划或选择其他上级机构";
    KEY_EXISTS = 2004, 409,
        en: "key is registered already",
            "a key is registered once and is never given to another organisation",
            "generate a new key",
        zh: "密钥已登记",
            "一把密钥只登记一次，不会转给其他机构",
            "生成新的密钥";
    KEY_UNKNOWN = 2005, 404,
        en: "key is unknown",
            "no key with this address is registered",
            "check the address",
        zh: "密钥未知",
            "没有登记该地址的密钥",
            "核对地址";
    VALIDATORS_TOO_FEW = 2006, 409,
        en: "fewer than four validators",
            "four validators are the fewest that bear one faulty one, and a smaller set could never grow",
            "add a validator before removing one; let a chain begin with four, or flag its genesis as a test",
        zh: "验证节点少于四个",
            "四个验证节点才能容忍一个故障，更小的集合也无法再扩大",
            "先增加验证节点，再移除；链从四个验证节点开始，或将创世标记为测试";
    VALIDATOR_CHANGE_TOO_LARGE = 2007, 409,
        en: "more than a third of the weight would change at once",
            "a larger step could leave old receipts without a common majority",
            "change the set in smaller steps",
        zh: "一次变更的权重将超过三分之一",
            "更大的变更会使新旧集合缺少共同多数",
            "分多次小步变更";
    ACTIVATION_TOO_EARLY = 2008, 400,
        en: "activation height is too early",
            "a change takes effect at least set_change_delay_blocks after it is decided",
            "propose again with a later activation height",
        zh: "生效高度过早",
            "变更至少在决定之后 set_change_delay_blocks 个区块才能生效",
            "以更晚的生效高度重新提议";
    VALIDATOR_UNKNOWN = 2009, 404,
        en: "validator is unknown",
            "no validator with this address is in the set or the registry",
            "look at /v1/validators for the addresses",
        zh: "验证节点未知",
            "集合或登记中没有该地址的验证节点",
            "在 /v1/validators 查看地址";
    VALIDATOR_EXISTS = 2010, 409,
        en: "validator exists already",
            "the set holds this consensus key",
            "use another consensus key",
        zh: "验证节点已存在",
            "集合中已有该共识密钥",
            "使用其他共识密钥";
    DECISION_UNKNOWN = 2011, 404,
        en: "decision is unknown",
            "no proposal with this id is registered",
            "check the id: it is the envelope id of the proposal",
        zh: "决定未知",
            "没有登记该编号的提议",
            "核对编号：即提议链上请求的编号";
    DECISION_CLOSED = 2012, 409,
        en: "decision is closed",
            "the decision was taken already",
            "nothing to approve; propose again if another decision is wanted",
        zh: "决定已结束",
            "该决定已经作出",
            "无需再批准；如需另作决定请重新提议";
    APPROVAL_REPEATED = 2013, 409,
        en: "organisation has approved already",
            "each organisation approves once",
            "wait for the approval of other organisations",
        zh: "该机构已批准",
            "每个机构只批准一次",
            "等待其他机构批准";
    NOT_ENTITLED = 2014, 403,
        en: "organisation is not entitled to decide this",
            "the policy of this action names other organisations or another role",
            "let an organisation that the policy names propose or approve",
        zh: "该机构无权决定此事项",
            "该事项的决策规则指定了其他机构或角色",
            "由决策规则指定的机构提议或批准";
    PARAMETER_INVALID = 2015, 400,
        en: "parameter is unknown or out of range",
            "the chain has no such parameter, or the value is outside its bounds",
            "look up the parameter's name and bounds in docs/specs/calls.md",
        zh: "参数未知或超出范围",
            "链上没有该参数，或取值越界",
            "在 docs/specs/calls.md 中查阅参数名称与范围";
    DECISION_PENDING = 2016, 409,
        en: "another change of the set is pending",
            "a decided change waits for its activation height",
            "wait until the pending change is active",
        zh: "另一项集合变更尚待生效",
            "已决定的变更正在等待其生效高度",
            "等待该变更生效后再提议";
    NOT_OWNER = 2017, 403,
        en: "key belongs to another organisation",
            "only the organisation that owns a key may change it",
            "let an administrator of that organisation act",
        zh: "密钥属于其他机构",
            "只有密钥所属机构可以变更",
            "由该机构管理员操作";
    ROLE_UNKNOWN = 2018, 400,
        en: "role is unknown",
            "roles are administrator, recorder, validator, operator, auditor and authority, each listed once",
            "correct the list of roles",
        zh: "角色未知",
            "角色为 administrator、recorder、validator、operator、auditor、authority，各列一次",
            "更正角色列表";
    EVIDENCE_INVALID = 2019, 400,
        en: "evidence proves no double vote",
            "the two votes are equal, a signature does not verify, or the validator did not decide that height",
            "send the two conflicting votes exactly as they were signed",
        zh: "证据不能证明双重投票",
            "两票相同、签名验证不通过，或该验证节点并不决定该高度",
            "提交两张冲突的投票原文";
    EVIDENCE_REPEATED = 2020, 409,
        en: "evidence was reported before",
            "this double vote is registered already",
            "nothing to do",
        zh: "证据此前已报告",
            "该双重投票已登记",
            "无需处理";
    VALIDATOR_INVALID = 2021, 400,
        en: "validator's peer id, address or weight is malformed",
            "a peer id is base58, an address a multiaddr such as /ip4/10.0.0.1/tcp/4001, a weight 1 to 2^32",
            "correct the entry",
        zh: "验证节点的对等标识、地址或权重格式错误",
            "对等标识为 base58，地址为 multiaddr（如 /ip4/10.0.0.1/tcp/4001），权重为 1 至 2^32",
            "更正该条目";
    REVOCATION_TOO_EARLY = 2022, 400,
        en: "revocation would reach back",
            "a key is revoked from a height after the block that records it, never for the past",
            "name a later height, or none for the next block",
        zh: "撤销不得追溯",
            "密钥自记录该撤销的区块之后的高度起失效，不得追溯",
            "指定更晚的高度；不指定则自下一区块起";
    VALIDATOR_KEY_IN_USE = 2023, 409,
        en: "key decides blocks",
            "the key is in the validator set or in the change that is pending",
            "remove the validator by decision, then revoke the key",
        zh: "该密钥正在参与共识",
            "该密钥在验证节点集合或待生效的变更中",
            "先经决定移除该验证节点，再撤销密钥";
    TREE_INVALID = 2024, 409,
        en: "organisation would stand under itself or too deep",
            "the tree of organisations has no circles and at most eight levels",
            "choose another parent",
        zh: "机构将成为自身的下级或层级过深",
            "机构树不得成环，最多八级",
            "选择其他上级机构";
    DOCUMENT_MISMATCH = 2025, 409,
        en: "approval names another document",
            "the digest differs from that of the proposal",
            "read the proposal's document and approve with its digest",
        zh: "批准所依据的文件不符",
            "摘要与提议中的不同",
            "核对提议所附文件，并以其摘要批准";
    KEY_UNSUITABLE = 2026, 400,
        en: "key's algorithm is not the chain's",
            "a chain of the National suite takes SM2 keys, one of the International suite Ed25519 keys",
            "generate the key for the chain's suite",
        zh: "密钥算法与本链不符",
            "国密套件的链使用 SM2 密钥，国际套件的链使用 Ed25519 密钥",
            "按本链套件生成密钥";
    GENESIS_INVALID = 2027, 400,
        en: "genesis document breaks a rule",
            "an entry is listed twice, names something unknown, or there is no validator",
            "correct the genesis document",
        zh: "创世文件违反规则",
            "条目重复、引用未知对象，或没有验证节点",
            "更正创世文件";
    RECORD_UNKNOWN = 3001, 404,
        en: "record is unknown",
            "no envelope with this id is in a block",
            "check the id, or wait until the envelope is decided",
        zh: "记录未知",
            "没有区块包含该编号的链上请求",
            "核对编号，或等待该链上请求被决定";
    CORRECTION_TARGET_UNKNOWN = 3002, 404,
        en: "record to be corrected is unknown",
            "the id names no applied record of this chain",
            "check the id of the earlier record",
        zh: "被更正的记录未知",
            "该编号不是本链上已生效的记录",
            "核对原记录的编号";
    CORRECTION_NOT_OWN = 3003, 403,
        en: "record to be corrected belongs to another organisation",
            "an organisation corrects its own records only",
            "let the organisation that recorded it correct it",
        zh: "被更正的记录属于其他机构",
            "机构只能更正自己的记录",
            "由原记录机构更正";
    DIGEST_INVALID = 3004, 400,
        en: "digest does not fit its algorithm",
            "the algorithm is not sm3 or sha256, or the digest is all zeros",
            "compute the digest of the content with sm3 or sha256",
        zh: "摘要与算法不符",
            "算法不是 sm3 或 sha256，或摘要全为零",
            "用 sm3 或 sha256 计算内容摘要";
    BUSINESS_KEY_INVALID = 3005, 400,
        en: "business key is empty, too long or holds other characters",
            "a business key has 1 to 128 characters of A-Z a-z 0-9 . _ : / -",
            "use the number of the business object; put words into the title",
        zh: "业务编号为空、过长或含其他字符",
            "业务编号为 1 至 128 个字符，限 A-Z a-z 0-9 . _ : / -",
            "使用业务对象的编号；文字写入标题";
    SOURCE_CLOCK_INVALID = 3006, 400,
        en: "source's clock is out of range",
            "clock_ms lies after the year 9999 and can be no time",
            "send milliseconds since 1970-01-01 UTC",
        zh: "来源时钟超出范围",
            "clock_ms 晚于公元 9999 年，不可能是有效时间",
            "以 1970-01-01 UTC 起的毫秒数发送";
    MEMPOOL_FULL = 4001, 429,
        en: "waiting room of envelopes is full",
            "more envelopes arrive than blocks can take",
            "send again after the time in Retry-After",
        zh: "待处理链上请求已满",
            "到达的链上请求多于区块所能容纳",
            "按 Retry-After 给出的时间后重发";
    QUOTA_EXCEEDED = 4002, 429,
        en: "organisation's share of the waiting room is used up",
            "one organisation may fill only its share, so that the others are served",
            "send again after the time in Retry-After, or send in a slower stream",
        zh: "本机构的待处理份额已用完",
            "为保障其他机构，每个机构只能占用自己的份额",
            "按 Retry-After 后重发，或放慢发送速度";
    NODE_NOT_READY = 4003, 503,
        en: "node is not ready",
            "the node is starting or still catching up with the others",
            "try again in a moment, or ask another node; node/why shows the progress",
        zh: "节点尚未就绪",
            "节点正在启动或追赶区块",
            "稍后重试或改用其他节点；进度见 node/why";
    NO_QUORUM = 4004, 503,
        en: "no quorum of validators is reachable",
            "validators of a third of the weight or more are missing, so no block can be decided",
            "start the validators that node/why names, and check the network between them",
        zh: "达不到验证节点法定多数",
            "缺席的验证节点权重达到三分之一或以上，无法决定区块",
            "启动 node/why 列出的验证节点，并检查它们之间的网络";
    DISK_FULL = 4005, 507,
        en: "disk is full",
            "free space is below the reserve that the node keeps",
            "free or add disk space; reads go on and writing resumes without a restart",
        zh: "磁盘已满",
            "可用空间低于节点保留的余量",
            "清理或扩充磁盘；读取不受影响，写入自动恢复，无需重启";
    REQUEST_TOO_LARGE = 4006, 413,
        en: "request body is too large",
            "a request holds at most 1 MiB",
            "send fewer envelopes in one request",
        zh: "请求体过大",
            "一次请求最多 1 MiB",
            "减少一次请求中的链上请求数量";
    REQUEST_MALFORMED = 4007, 400,
        en: "request is malformed",
            "a parameter, header or the body does not have the documented form",
            "compare the request with the API description",
        zh: "请求格式错误",
            "参数、请求头或请求体与接口说明不符",
            "对照接口说明检查请求";
    NOT_FOUND = 4008, 404,
        en: "nothing is stored under this id",
            "the node holds nothing under this address or number",
            "check the id; a pruned or late node may know less than others",
        zh: "该编号下没有内容",
            "节点没有保存该地址或编号的内容",
            "核对编号；裁剪过或落后的节点可能缺少内容";
    NOT_AUTHORIZED = 4009, 401,
        en: "request is not signed by a registered key",
            "the headers of a signed request are missing, or the signature does not verify",
            "sign the request with a registered key (headers Yinglian-Address, -Time, -Nonce, -Signature)",
        zh: "请求未由登记密钥签名",
            "缺少签名请求头，或验签不通过",
            "用登记的密钥签名（请求头 Yinglian-Address、-Time、-Nonce、-Signature）";
    FORBIDDEN = 4010, 403,
        en: "caller may not read this",
            "reading this needs a role, or belongs to another organisation",
            "use a key with the role operator or auditor, or one of the owning organisation",
        zh: "调用者无权读取",
            "读取此内容需要相应角色，或内容属于其他机构",
            "使用具有 operator 或 auditor 角色的密钥，或所属机构的密钥";
    WAIT_TIMEOUT = 4011, 202,
        en: "envelope is accepted but not yet decided",
            "no block held the envelope before the wait ended",
            "ask GET /v1/envelopes/{id} until it is committed or expired; do not sign it again before that",
        zh: "链上请求已接收但尚未决定",
            "等待结束前没有区块包含该链上请求",
            "查询 GET /v1/envelopes/{id} 直到已提交或已过期；在此之前不要重新签名";
    INTERNAL = 4012, 500,
        en: "node failed",
            "the node met an error of its own",
            "try again or ask another node, and give the operators the time of the request",
        zh: "节点内部错误",
            "节点自身发生错误",
            "重试或改用其他节点，并将请求时间告知运维人员";
    REPLAYED_REQUEST = 4013, 401,
        en: "signed request was used before or is too old",
            "a signed request is good once and for a short time",
            "sign the request again with the present time and a new nonce; check the clock",
        zh: "签名请求已使用或过旧",
            "签名请求只能使用一次，且有效时间很短",
            "以当前时间和新的随机数重新签名；检查时钟";
    BUSY = 4014, 429,
        en: "node is busy",
            "more requests, streams or signed reads are open than the node serves at a time",
            "try again after the time that Retry-After names, or ask another node",
        zh: "节点繁忙",
            "未完成的请求、数据流或签名读取超过节点同时处理的上限",
            "按 Retry-After 所示时间后重试，或改用其他节点";
    READER_SLOW = 4015, 408,
        en: "reader took no events in time",
            "events wait for one reader only for a limited time and number",
            "connect again with Last-Event-ID and read faster",
        zh: "读取方未及时接收事件",
            "节点只在有限的时间和数量内为一个读取方保留事件",
            "带 Last-Event-ID 重新连接，并加快读取";
    RECEIPT_MALFORMED = 5001, 400,
        en: "receipt is not a canonical encoding",
            "a byte was changed or cut off, or the file is no receipt",
            "fetch the receipt again from any node",
        zh: "回执不是规范编码",
            "字节被更改或截断，或文件不是回执",
            "从任一节点重新获取回执";
    RECEIPT_ENVELOPE_MISMATCH = 5002, 422,
        en: "envelope does not belong to the leaf",
            "the envelope in the receipt is not the one that was recorded",
            "treat the content as altered, and fetch the receipt again",
        zh: "链上请求与叶子不符",
            "回执中的链上请求不是被记录的链上请求",
            "视为内容被篡改，重新获取回执";
    RECEIPT_OUTCOME_MISMATCH = 5003, 422,
        en: "outcome does not belong to the leaf",
            "the outcome in the receipt is not the one that was recorded",
            "treat the content as altered, and fetch the receipt again",
        zh: "结果与叶子不符",
            "回执中的结果不是被记录的结果",
            "视为内容被篡改，重新获取回执";
    RECEIPT_PROOF_INVALID = 5004, 422,
        en: "inclusion proof does not lead to the header's log root",
            "a node of the path, the leaf or the header was changed",
            "treat the receipt as altered, and fetch it again",
        zh: "包含证明不能导出区块头的日志根",
            "路径节点、叶子或区块头被更改",
            "视为回执被篡改，重新获取";
    RECEIPT_QUORUM_INVALID = 5005, 422,
        en: "quorum does not prove the header",
            "a signature is invalid, or not more than two thirds of the weight signed",
            "treat the receipt as forged or altered, and fetch it again from another node",
        zh: "共识提交证明不能证明区块头",
            "有签名无效，或签名权重未超过三分之二",
            "视为伪造或被篡改，从其他节点重新获取";
    RECEIPT_SET_UNPROVEN = 5006, 422,
        en: "validator set is not proven under the trust root",
            "the chain of validator sets from the trust root to the receipt is missing or broken",
            "give a newer .trust file, or refresh the receipt",
        zh: "验证节点集合未在信任根下得到证明",
            "从信任根到回执的验证节点集合链缺失或断裂",
            "提供更新的 .trust 文件，或刷新回执";
    RECEIPT_WRONG_CHAIN = 5007, 422,
        en: "receipt belongs to another chain",
            "its signatures name another genesis than the trust root",
            "use the trust root of the chain that made the receipt",
        zh: "回执属于另一条链",
            "其签名所含创世与信任根不同",
            "使用签发该回执的链的信任根";
    TRUST_ROOT_MISSING = 5008, 400,
        en: "no trust root was given",
            "without a trust root nothing can be proven",
            "give the trust root that you obtained from a source you trust (--trust)",
        zh: "未提供信任根",
            "没有信任根就无法证明",
            "提供从可信渠道取得的信任根（--trust）";
    TRUST_ROOT_MALFORMED = 5009, 400,
        en: "trust root or trust file is malformed",
            "the text is no genesis hash, or the file does not decode or does not link",
            "fetch the .trust file again, or check the text of the root",
        zh: "信任根或信任文件格式错误",
            "文本不是创世哈希，或文件无法解码、不能衔接",
            "重新获取 .trust 文件，或核对信任根文本";
    FILE_DIGEST_MISMATCH = 5010, 422,
        en: "file is not the one that was recorded",
            "the file's digest or length differs from the record's",
            "look for the original file: this one was changed after it was recorded",
        zh: "文件不是被记录的文件",
            "文件的摘要或长度与记录不同",
            "查找原始文件：该文件在存证后被更改";
    RECEIPT_SENDER_MISMATCH = 5011, 422,
        en: "public key is not the sender's",
            "the public key in the receipt does not hash to the sender's address",
            "treat the receipt as altered, and fetch it again",
        zh: "公钥不是发送方的",
            "回执中的公钥不能导出发送方地址",
            "视为回执被篡改，重新获取";
    RECEIPT_SIGNATURE_INVALID = 5012, 422,
        en: "sender's signature is invalid",
            "the envelope or its signature was changed, or it was signed for another chain",
            "treat the receipt as altered, and fetch it again",
        zh: "发送方签名无效",
            "链上请求或其签名被更改，或是为另一条链签名的",
            "视为回执被篡改，重新获取";
    RECEIPTS_CONFLICT = 5013, 422,
        en: "two receipts prove two histories",
            "validators signed two different headers of one height; the fork proof names their keys",
            "keep both receipts and the fork proof, and tell the sharing authority",
        zh: "两份回执证明了两段历史",
            "验证节点为同一高度签署了两个不同的区块头；分叉证明列出其密钥",
            "保存两份回执和分叉证明，并报告共享主管部门";
    TRUST_ROOT_OLD = 5014, 200,
        en: "trust root is old",
            "keys of validators that have retired since could sign another history",
            "obtain a newer trust root from a source you trust",
        zh: "信任根较旧",
            "此后退出的验证节点的密钥可能签署另一段历史",
            "从可信渠道取得更新的信任根";
    AUDIT_MISMATCH = 5015, 422,
        en: "export contradicts itself",
            "a header, quorum, signature, root or count does not follow from what comes before it",
            "export again from another node and compare; keep this export as evidence",
        zh: "导出内容自相矛盾",
            "某个区块头、共识提交证明、签名、根或计数与前文不符",
            "从其他节点重新导出并比较；保留本导出作为证据";
    NOT_A_DOCUMENT_RECEIPT = 5016, 422,
        en: "record holds no file digest",
            "the receipt proves another kind of record, so no file can be compared with it",
            "verify the receipt without --file",
        zh: "记录不含文件摘要",
            "该回执证明的是其他类型的记录，无法与文件比对",
            "不带 --file 验证该回执";
    USAGE = 6001, 400,
        en: "command cannot be used this way",
            "an argument is missing, unknown or contradicts another",
            "run the command with --help",
        zh: "命令用法错误",
            "参数缺失、未知或相互矛盾",
            "用 --help 查看用法";
    NODE_UNREACHABLE = 6002, 503,
        en: "node cannot be reached",
            "nothing answers at the node's address",
            "start the node (yinglian devnet up), or give its address with --node",
        zh: "无法连接节点",
            "节点地址没有应答",
            "启动节点（yinglian devnet up），或用 --node 指定地址";
    FILE_UNREADABLE = 6003, 400,
        en: "file cannot be read or written",
            "the path does not exist, or its permissions do not allow it",
            "check the path and the permissions",
        zh: "文件无法读写",
            "路径不存在或权限不足",
            "检查路径和权限";
    KEYSTORE_INVALID = 6004, 400,
        en: "keystore cannot be opened",
            "the file is no keystore, or the passphrase is wrong",
            "check file and passphrase",
        zh: "密钥库无法打开",
            "文件不是密钥库，或口令错误",
            "检查文件和口令";
    TOOL_MISSING = 6005, 500,
        en: "a program that is needed is missing",
            "a command of the system that this step calls is not installed",
            "install the package that the message names",
        zh: "缺少所需程序",
            "本步骤调用的系统命令未安装",
            "安装提示中列出的软件包";
    INPUT_EMPTY = 6006, 400,
        en: "there is nothing to put on record",
            "the table has no row below its header, or the folder no file but hidden ones and receipts",
            "check the path; the first line of a table is its header",
        zh: "没有可存证的内容",
            "表格在表头之下没有行，或目录中除隐藏文件与回执外没有文件",
            "检查路径；表格第一行为表头";
    TABLE_MALFORMED = 6007, 400,
        en: "file is no table",
            "a quotation that begins in a row does not end, or the bytes are not CSV",
            "correct the row that the message names: a quotation mark within quotation marks is written twice",
        zh: "文件不是有效的表格",
            "某行的引号没有闭合，或内容不是 CSV",
            "更正所指的行：引号内的引号须写两次";
    NODE_ADDRESS_INVALID = 6008, 400,
        en: "node's address cannot be used",
            "a node is named by the scheme http, a host and a port, without a path",
            "give an address such as http://127.0.0.1:26600; reach a node behind TLS through a tunnel that ends on this machine",
        zh: "节点地址无法使用",
            "节点地址由 http、主机和端口组成，不含路径",
            "使用如 http://127.0.0.1:26600 的地址；经 TLS 访问的节点，请在本机建立隧道";
    FILE_EXISTS = 6009, 409,
        en: "file exists and is not overwritten",
            "keys and receipts are never written over another file",
            "choose another name, or move the file away",
        zh: "文件已存在，不予覆盖",
            "密钥和回执从不覆盖其他文件",
            "改用其他名称，或移走原文件";
    FOLDER_OCCUPIED = 6010, 409,
        en: "folder holds something else",
            "a network is made in a folder of its own, which is removed with it",
            "choose a folder that is empty or does not exist",
        zh: "目录中有其他内容",
            "网络须有自己的目录，删除网络时一并删除",
            "选择空目录或尚不存在的目录";
    PORT_TAKEN = 6011, 409,
        en: "port is taken",
            "another program of this machine listens on a port that the network needs",
            "stop that program, or let the network take free ports (--base-port 0)",
        zh: "端口已被占用",
            "本机另一程序占用了网络所需的端口",
            "停止该程序，或让网络使用空闲端口（--base-port 0）";
    EXPORT_TOO_SHORT = 6012, 422,
        en: "export ends before the trusted checkpoint",
            "a chain is proven under a checkpoint only when it reaches it",
            "export the chain up to the checkpoint's height or later",
        zh: "导出未到达所信任的检查点",
            "链只有到达检查点，才能在其下得到证明",
            "导出到检查点高度或之后";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_all_texts_in_both_languages() {
        for row in ROWS {
            for text in [row.en, row.zh] {
                for part in [text.title, text.cause, text.remedy] {
                    assert!(!part.trim().is_empty(), "{} lacks a text", row.name);
                    assert!(
                        !part.ends_with(['.', '。']),
                        "{} ends a text with a full stop",
                        row.name
                    );
                }
            }
            let is_chinese =
                |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(!is_chinese(row.en.title) && is_chinese(row.zh.title), "{}", row.name);
            assert!(is_chinese(row.zh.cause) && is_chinese(row.zh.remedy), "{}", row.name);
        }
    }

    #[test]
    fn numbers_ascend_and_names_are_unique() {
        for (row, next) in ROWS.iter().zip(ROWS.iter().skip(1)) {
            assert!(row.code < next.code, "{} before {}", row.name, next.name);
        }
        let names: alloc::collections::BTreeSet<_> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ROWS.len());
    }

    #[test]
    fn every_code_survives_its_text_form() {
        for code in Code::all() {
            assert_eq!(alloc::format!("{code}").parse::<Code>(), Ok(code));
            assert!((200..600).contains(&code.http_status()));
        }
    }
}
