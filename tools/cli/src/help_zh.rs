//! The help in Chinese: the same command, its texts replaced from one table. A test finds what the table lacks.

use crate::args::GLOBAL_HEADING;
use clap::{Arg, Command};

/// Text of a command (`devnet up`) or of one of its arguments (`devnet up --suite`); arguments that mean the same everywhere
/// stand once, without a command.
const TEXTS: &[(&str, &str)] = &[
    ("", "四部门共识存证，任何人可离线验证"),
    ("--lang", "帮助与消息的语言"),
    ("--json", "以单个 JSON 值输出结果"),
    ("--help", "显示帮助"),
    ("--version", "显示版本"),
    ("--node", "节点地址，可重复；缺省取 .devnet 中的网络"),
    ("--key", "签名密钥文件；缺省取 .devnet 中具备所需角色的密钥"),
    ("--passphrase_file", "首行为密钥文件口令的文件"),
    ("--trust", "信任根：64 位十六进制创世哈希、含该哈希的文件、检查点文件或 .trust 文件"),
    ("--dir", "网络所在目录"),
    ("--receipt", "写出回执文件；从不覆盖"),
    ("--document", "决定所依据的文件；其摘要上链"),
    ("--title", "决定的标题"),
    ("--activation_height", "新集合生效的高度；缺省则预留足够区块"),
    ("devnet", "在本机运行验证节点网络"),
    ("devnet up", "启动网络；没有时先新建"),
    ("devnet up --validators", "验证节点数目，各由 genesis/devnet.toml 中一个部门运行（缺省 4）"),
    ("devnet up --observers", "只跟随不投票的节点数目（缺省 0）"),
    ("devnet up --suite", "密码套件 national（国密）或 international（缺省 national）"),
    ("devnet up --test_clock", "标记为测试链，时间可由 `devnet clock` 移动"),
    ("devnet up --base_port", "起始端口，每节点三个；0 表示任意空闲端口（缺省 26600）"),
    ("devnet down", "停止全部节点"),
    ("devnet down --remove", "删除目录及全部密钥与数据"),
    ("devnet status", "显示各节点是否运行及高度"),
    ("devnet start", "启动一个节点"),
    ("devnet start --node", "节点编号或名称：2、node2、observer1"),
    ("devnet start --no_wait", "不等待节点就绪"),
    ("devnet stop", "停止一个节点"),
    ("devnet stop --node", "节点编号或名称：2、node2、observer1"),
    ("devnet kill", "立即终止一个节点，如同断电"),
    ("devnet kill --node", "节点编号或名称：2、node2、observer1"),
    ("devnet clock", "移动以 --test-clock 新建的网络的时钟"),
    ("devnet clock --advance_ms", "向前移动若干毫秒"),
    ("devnet clock --set_ms", "向前移动到指定时间（1970-01-01 UTC 起的毫秒）"),
    ("devnet clock --speed", "以机器时钟的若干倍速运行"),
    ("keys", "生成与查看密钥"),
    ("keys generate", "用系统随机数生成密钥"),
    ("keys generate --out", "写入的文件；从不覆盖"),
    (
        "keys generate --suite",
        "链的密码套件：national（SM2、SM3）或 international（Ed25519、SHA-256）",
    ),
    ("keys generate --plain", "不加口令写出密钥（仅限测试网络）"),
    ("keys node", "生成节点在网络中的身份密钥，并显示其网络标识"),
    ("keys node --out", "写入的文件，通常为 主目录/keys/node.key；从不覆盖"),
    ("keys show", "显示密钥文件的套件、地址与公钥；node.key 则显示网络标识"),
    ("keys show --file", "密钥文件，私钥或公钥"),
    ("keys public", "以 PEM 显示密钥文件的公钥，供登记者使用"),
    ("keys public --file", "密钥文件，私钥或公钥"),
    ("keys public --out", "改为写入该文件；从不覆盖"),
    ("keys prove", "签名证明密钥属于某链上的某机构，供登记者使用"),
    ("keys prove --file", "私钥文件"),
    ("keys prove --organization", "登记该密钥的机构的统一社会信用代码"),
    ("keys prove --genesis", "本链的创世哈希，64 位十六进制"),
    ("keys address", "显示公钥的地址"),
    ("keys address --key", "带算法字节的十六进制公钥，或 PEM 文件"),
    ("keys encrypt", "以口令加密另存密钥文件"),
    ("keys encrypt --file", "读取的密钥文件"),
    ("keys encrypt --out", "写入的文件；从不覆盖"),
    ("genesis", "生成与查看链的创世文件"),
    ("genesis show", "显示创世文件或创世文档"),
    ("genesis show --file", "genesis.bin，或 TOML 创世文档"),
    ("genesis make", "由创世文档计算创世（调用 yinglian-node，因首个状态由合约决定）"),
    ("genesis make --document", "TOML 创世文档"),
    ("genesis make --out", "写入 genesis.bin 与文档的目录"),
    ("notarize", "为文件或表格各行存证，每项一条签名记录"),
    ("notarize --paths", "文件，或其中文件均存证的目录（跳过隐藏文件与回执）"),
    ("notarize --csv", "每行存为一条记录的表格"),
    ("notarize --rows", "只取表格的前若干行"),
    ("notarize --key_column", "以该列的值为业务编号，按列名或序号（从 1 起）；缺省为行号"),
    ("notarize --index", "写出行号、业务编号与记录编号的对照表"),
    ("notarize --kind", "记录类别（缺省 file 或 row）"),
    ("notarize --business_key", "单个文件的业务编号（缺省为文件名中编号允许的字符加摘要前 16 位）"),
    ("notarize --operator", "操作员标签（不得为人名）"),
    ("notarize --out", "回执所在目录（缺省与文件同目录）；从不覆盖其他回执"),
    ("verify", "离线验证回执：退出码 0 已证明，1 拒绝，2 无法验证"),
    ("verify --receipts", "要验证的回执或证据包"),
    ("verify --file", "回执所证明的文件"),
    ("verify --sets", "代替内嵌链使用的验证节点集链"),
    ("verify --engine", "由谁验证签名；sm-crypto 对全部签名给出第二意见（仅国密套件）"),
    ("rows", "表格的规范行：根、单行证明、批次密钥"),
    ("rows root", "计算交换双方共同签名的表格的根"),
    ("rows root --digests", "写出各区间的摘要，供对方独自比对；从不覆盖"),
    ("rows prove", "写出单行的证明"),
    ("rows prove --key", "主键各列的值，按主键次序，为规范文本"),
    ("rows prove --occurrence", "主键相同的多行中的第几行，从 1 起"),
    ("rows prove --out", "写出证明的文件；从不覆盖"),
    ("rows verify", "离线验证单行证明：退出码 0 已证明，1 拒绝，2 无法验证"),
    ("rows verify --file", "单行的证明"),
    ("rows verify --root", "批次的根，取自其回执"),
    ("rows verify --rows", "批次的行数，取自其回执"),
    ("rows key", "生成批次密钥：双方持有的 32 个随机字节"),
    ("rows key --out", "写入的文件，仅所有者可读；从不覆盖"),
    ("rows bench", "测量一个表格交换双方的开销"),
    ("rows bench --table", "提供方的 CSV 表格"),
    ("rows bench --consumer", "需求方所持的同一表格，CSV"),
    ("rows bench --consumer_schema", "需求方数据源的表结构"),
    ("rows bench --figures", "写入数据的文件，保留其中已有的数据"),
    ("exchange", "比对双方的表格"),
    ("exchange diff", "指出两个表格不一致的行与字段：退出码 0 一致，1 不一致"),
    ("exchange diff --here", "本方表格：.csv 或 .xlsx 文件，或 postgres://用户@主机/数据库"),
    ("exchange diff --there", "对方表格，或其摘要（.digests，由 `rows root --digests` 写出）"),
    ("exchange diff --schema_there", "对方数据源的表结构，写法不同时给出 [缺省同本方]"),
    ("exchange diff --batch_key", "批次密钥文件；比对摘要时需要，比对两个表格时不需要"),
    ("exchange diff --max", "最多列出的差异数"),
    ("--table", "表格：.csv 或 .xlsx 文件，或 postgres://用户@主机/数据库"),
    ("--schema", "表结构文件，见 docs/specs/rows.md"),
    ("--sheet", "工作簿的工作表，缺省为第一个；或数据库的表"),
    ("--suite", "链的密码套件"),
    ("--batch_key", "双方持有的批次密钥文件"),
    ("seal", "离线验证任何厂商的印章与盖章文件"),
    ("seal verify", "验证盖章文件、印章、签章值：退出码 0 全部有效，1 不是，2 无法验证"),
    ("seal verify --files", "OFD 文件、印章（.esl）、签章值或数字签名值"),
    ("seal verify --trust", "所信任的 CA 证书（DER）；非自签发的须能链接到另一张；可重复"),
    ("seal verify --crl", "吊销列表（DER）；可重复"),
    ("seal verify --ocsp", "OCSP 应答（DER）；可重复"),
    ("seal verify --signer", "签名者证书（DER），用于不含证书的签名值"),
    ("seal verify --original", "单独的签名值所签的内容：原样的 Signature.xml"),
    ("seal verify --digest", "单独的签名值所签内容的 SM3，64 位十六进制：原文可不交出"),
    ("seal verify --at", "验证所依据的时间，如 2026-06-01T08:00:00Z；缺省为本机时钟"),
    ("seal verify --profile", "标准不允许的编码：strict 拒绝，lenient 接受并列出"),
    ("seal verify --policy", "由处理策略决定：全部接受时退出码为 0（窗口、招投标、归档）"),
    ("seal inspect", "显示印章、签章值或盖章文件的自述内容（不作证明：请用 verify）"),
    ("seal inspect --file", "OFD 文件、印章（.esl）、签章值或数字签名值"),
    ("seal inspect --picture", "把印模图片写入该文件；从不覆盖"),
    ("receipt", "查看、更新、比较回执"),
    ("receipt show", "显示回执内容（不作证明：请用 verify）"),
    ("receipt show --receipt", "回执"),
    ("receipt fetch", "按记录编号取得回执，如表格中某一行的"),
    ("receipt fetch --id", "记录编号：64 位十六进制"),
    ("receipt fetch --out", "写入的文件；从不覆盖"),
    ("receipt fetch --trust", "信任根；不能在其下证明的回执不写入"),
    ("receipt refresh", "把回执更新到最新区块头与当前验证节点之下"),
    ("receipt refresh --receipts", "回执，就地改写"),
    ("receipt refresh --trust", "信任根；节点给出而不能在其下证明的回执不写入"),
    ("receipt conflict", "比较两份回执：退出码 0 无分叉，1 证明有分叉"),
    ("receipt conflict --first", "一份回执"),
    ("receipt conflict --second", "另一份回执"),
    ("evidence", "把回执及其所证明的内容打包为一个可在浏览器中自行核验的文件"),
    ("evidence pack", "把回执及其所证明的内容打包为一个可在浏览器中自行核验的文件"),
    ("evidence pack --receipts", "回执，或由节点给出其回执的记录编号（64 位十六进制）"),
    ("evidence pack --files", "某一回执所证明的文件；可多次给出"),
    ("evidence pack --certificates", "说明密钥的证书；附上并列出摘要，不作判断"),
    ("evidence pack --sets", "要附上的验证节点集链"),
    ("evidence pack --out", "写入的证据包；从不覆盖"),
    ("evidence pack --trust", "信任根；不能在其下证明的不打包"),
    ("audit", "导出整条链，不信任任何节点地全部审计"),
    ("audit export", "把整条链写入文件（需审计或运维角色的密钥）"),
    ("audit export --out", "写入的文件；没有 --force 时不覆盖"),
    ("--force", "覆盖已有的文件"),
    ("audit export --to", "导出到该区块；缺省为最新"),
    ("audit check", "审计导出的链：退出码 0 无误，1 自相矛盾，2 无法审计"),
    ("audit check --file", "导出的链"),
    ("audit check --threads", "验证签名的线程数；缺省用全部核心"),
    ("audit check --report", "同时把报告以 JSON 写入文件"),
    ("trust", "保存验证方所信任的内容"),
    ("trust show", "显示信任根或 .trust 文件"),
    ("trust show --root", "创世哈希、检查点文件或 .trust 文件"),
    ("trust save", "从节点取得验证节点集链，在信任根下证明后写出"),
    ("trust save --out", "写入的文件；没有 --force 时不覆盖"),
    ("trust save --checkpoint", "写出最新区块头的检查点：一个小文件，较新的信任根"),
    ("trust add", "记住一条链：此后 `verify` 保存已证明的最新集合"),
    ("trust add --file", "要记住的 .trust 文件"),
    ("submit", "调用成员合约的方法：机构、密钥、决定"),
    ("submit --method", "合约与方法，如 membership.key.register"),
    ("submit --arguments", "JSON 参数，或 @文件"),
    ("submit --method_version", "方法参数的版本"),
    ("org", "本机构的密钥、受托人与双人行为"),
    ("org add-key", "登记本机构的密钥；不带角色的密钥供受托人使用"),
    ("org add-key --roles", "密钥的角色，可重复"),
    ("org rotate-key", "以新密钥更换旧密钥，角色或委托不变"),
    ("org rotate-key --address", "旧密钥的地址"),
    ("org rotate-key --effective_height", "旧密钥自此高度起失效；缺省为下一高度"),
    ("--public_key", "新密钥：十六进制，或 PEM 文件"),
    ("--proof", "新密钥由 `yinglian keys prove` 给出的持有证明"),
    ("org revoke-key", "自某高度起撤销密钥"),
    ("org revoke-key --address", "密钥的地址"),
    ("org revoke-key --effective_height", "自此高度起失效；缺省为下一高度"),
    ("org revoke-key --reason", "原因；不得含个人信息"),
    ("org holder", "为受托人的编号生成承诺值及其盐值"),
    ("org holder --file", "首行为岗位或人员编号的文件"),
    ("org holder --suite", "链的密码套件"),
    ("org delegate", "授权一把密钥在一段时间内以岗位或个人身份行事"),
    ("org delegate --address", "本机构一把不带角色的密钥的地址"),
    ("org delegate --kind", "岗位 post 或个人 person"),
    ("org delegate --holder", "`yinglian org holder` 给出的承诺值"),
    ("--roles", "受托人的角色，可重复"),
    ("--region", "区划代码，在本机构区划之内"),
    ("--from", "开始时间，如 2026-12-01T00:00:00+08:00"),
    ("--until", "结束时间；最长五年"),
    ("org change-delegate", "变更受托人的权限、区划与期限"),
    ("org change-delegate --address", "受托人密钥的地址"),
    ("org end-delegate", "提前终止委托"),
    ("org end-delegate --address", "受托人密钥的地址"),
    ("org end-delegate --reason", "原因；不得含个人信息"),
    ("org two-person", "设定本机构哪些行为须双人签名"),
    ("org two-person --acts", "须双人签名的成员合约方法，如 key.register，可重复；不给出则取消"),
    ("org two-person --confirm_within_hours", "等待第二人签名的小时数"),
    ("org confirm", "为本机构另一把密钥提出的行为签名"),
    ("org confirm --act", "提出该行为的记录编号"),
    ("decide", "提出与批准决定：验证节点、参数、机构、模块"),
    ("decide add-validator", "提议增加验证节点"),
    ("decide add-validator --organization", "运行机构的统一社会信用代码"),
    ("decide add-validator --public_key", "共识公钥：十六进制，或 PEM 文件"),
    ("decide add-validator --weight", "投票权重"),
    ("decide add-validator --peer_id", "其节点的网络标识"),
    ("decide add-validator --addresses", "网络地址：先共识，后广播"),
    ("decide remove-validator", "提议移除验证节点"),
    ("decide remove-validator --validator", "其共识密钥的地址"),
    ("decide set-parameter", "提议设置链参数"),
    ("decide set-parameter --name", "参数名"),
    ("decide set-parameter --value", "参数值"),
    ("decide retire-module", "提议停用申报模块"),
    ("decide retire-module --contract", "模块名称"),
    ("decide set-protocol-version", "提议自某高度起启用下一协议版本"),
    ("decide set-protocol-version --version", "现行版本的下一个版本；现行版本即取消待生效的变更"),
    ("decide set-protocol-version --height", "首个适用的高度；届时各节点均须装有支持它的程序"),
    ("decide register-organization", "提议登记机构"),
    ("decide register-organization --facts", "JSON：code、name、short_name、region、parent"),
    (
        "decide register-organization --administrator",
        "其首个密钥，成为管理员：十六进制，或 PEM 文件",
    ),
    ("decide propose", "以 JSON 提议任意动作"),
    ("decide propose --action", "JSON 动作，或 @文件"),
    ("decide approve", "批准其他机构提出的决定"),
    ("decide approve --decision", "提议的记录编号"),
    ("decide approve --document", "所阅读的文件；须与提议一致"),
    ("module", "检查、提请准入、查看模块：一个文件即一个合约"),
    ("module check", "检查模块文件：0 无错误，1 有错误"),
    ("module check --file", "模块，TOML 文件"),
    ("module check --out", "写出要上传的文件；从不覆盖"),
    ("module admit", "上传模块并提议准入"),
    ("module admit --file", "模块，TOML 文件"),
    ("module list", "列出链上的模块"),
    ("module show", "显示链上的模块及登记内容"),
    ("module show --name", "模块名称"),
    ("interface", "显示链上合约的声明"),
    ("interface show", "显示合约声明的方法、对象与查询"),
    ("interface show --contract", "合约名称"),
    ("call", "调用任意合约的方法，参数按合约声明编码"),
    ("call --method", "合约与方法，如 duty.call"),
    ("call --arguments_json", "JSON 参数，或 @文件"),
    ("call --method_version", "方法参数的版本"),
    ("status", "显示节点所处状态"),
    ("why", "用文字说明为何没有出块"),
    ("doctor", "检查本机及其节点是否正常"),
    ("doctor --home", "本机节点的主目录；只询问该节点，地址取自其配置"),
    ("bench", "在本机测量四个验证节点：docs/figures 的数据"),
    ("bench --figures", "写出数据的文件；在 `bench` 之后，`--json 文件` 含义相同"),
    ("bench --dir", "网络所在目录，须为新目录或空目录；应在要测量的磁盘上"),
    ("bench --records", "每项测量的记录数"),
    ("bench --quick", "略去较慢的追赶测量"),
    ("explain", "说明代码的含义与处理办法"),
    ("explain --codes", "代码，如 YL1009；不给则列出全部"),
];

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

fn text(path: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

fn of_argument(path: &str, id: &str) -> Option<&'static str> {
    text(format!("{path} --{id}").trim_start()).or_else(|| text(&format!("--{id}")))
}

/// The command with Chinese texts throughout.
pub fn localize(command: Command) -> Command {
    localize_at(command, "")
}

fn localize_at(command: Command, path: &str) -> Command {
    let below = |name: &str| format!("{path} {name}").trim_start().to_owned();
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .next_help_heading("选项")
        .mut_args(|argument| localize_argument(argument, path));
    if let Some(about) = text(path) {
        command = command.about(about);
    }
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let path = below(&name);
        command = command.mut_subcommand(&name, |sub| localize_at(sub, &path));
    }
    command
}

/// Help, heading and the notes that clap would write in English.
fn localize_argument(argument: Arg, path: &str) -> Arg {
    let is_global = argument.get_help_heading() == Some(GLOBAL_HEADING);
    let heading = match (argument.is_positional(), is_global) {
        (true, _) => "参数",
        (_, true) => "通用选项",
        _ => "选项",
    };
    let takes_value = argument.get_action().takes_values();
    let help = of_argument(path, argument.get_id().as_str()).unwrap_or_default();
    let mut notes = String::new();
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && defaults.iter().any(|value| !value.is_empty()) {
        notes.push_str(&format!(" [缺省：{}]", defaults.join(" ")));
    }
    let possible: Vec<_> =
        argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if takes_value && !possible.is_empty() {
        notes.push_str(&format!(" [可选：{}]", possible.join("、")));
    }
    if let Some(variable) = argument.get_env() {
        notes.push_str(&format!(" [环境变量：{}]", variable.to_string_lossy()));
    }
    let argument = argument.help(format!("{help}{notes}")).help_heading(heading);
    argument.hide_default_value(true).hide_possible_values(true).hide_env(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn missing(command: &Command, path: &str, found: &mut Vec<String>) {
        if text(path).is_none() {
            found.push(path.to_owned());
        }
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if of_argument(path, id).is_none() {
                found.push(format!("{path} --{id}"));
            }
        }
        for sub in command.get_subcommands() {
            missing(sub, format!("{path} {}", sub.get_name()).trim_start(), found);
        }
    }

    #[test]
    fn every_command_and_argument_has_its_chinese_text() {
        let mut found = Vec::new();
        missing(&crate::args::Cli::command(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn the_chinese_command_is_sound() {
        localize(crate::args::Cli::command()).debug_assert();
    }
}
