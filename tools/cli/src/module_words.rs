//! Faults of modules in the user's language. The check speaks English; what authors meet most is said in Chinese here, and what is not
//! in the table stays as it is.

use crate::language::{Language, current};
use yinglian_interface::ModuleFault;

/// What is wrong and what to do, in the language of the process.
pub fn told(fault: &ModuleFault) -> (String, String) {
    match current() {
        Language::En => (fault.what.clone(), fault.remedy.clone()),
        Language::Zh => (chinese(&fault.what), chinese(&fault.remedy)),
    }
}

/// The Chinese of the first pattern that fits; `*` stands for the same words in both.
fn chinese(text: &str) -> String {
    let found =
        WORDS.iter().find_map(|(english, chinese)| Some(fill(chinese, &matched(english, text)?)));
    found.unwrap_or_else(|| text.to_owned())
}

/// What the stars of a pattern stand for in a text.
fn matched<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split('*');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let at = match (part.is_empty(), parts.peek()) {
            (true, None) => rest.len(),
            (false, None) if rest.ends_with(part) => rest.len() - part.len(),
            _ => rest.find(part)?,
        };
        found.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(found)
}

fn fill(pattern: &str, found: &[&str]) -> String {
    let mut words = found.iter();
    let mut out = String::new();
    for (index, part) in pattern.split('*').enumerate() {
        if index > 0 {
            out.push_str(words.next().unwrap_or(&""));
        }
        out.push_str(part);
    }
    out
}

const WORDS: &[(&str, &str)] = &[
    ("is no TOML: *", "不是有效的 TOML：*"),
    ("correct it", "更正"),
    ("is larger than 256 KiB", "超过 256 KiB"),
    ("split the contract", "拆成几个模块"),
    ("has no text", "缺少标题"),
    ("add it to the texts in zh and en", "在该处写上 zh 与 en"),
    ("has * and no *", "有 * 而没有 *"),
    ("write both zh and en", "zh 与 en 都要写"),
    ("has a text that is empty or longer than 1024 bytes", "标题为空或超过 1024 字节"),
    ("has \"*\", which means nothing here", "此处没有 “*” 这一项"),
    ("known here: *", "此处可写：*"),
    ("\"*\" is no name", "“*” 不是合法名称"),
    (
        "use 1 to 48 of a-z 0-9 _ . - and begin with a letter",
        "用 1 至 48 个 a-z 0-9 _ . -，以字母开头",
    ),
    ("is a TOML * where * belongs", "此处是 TOML 的 *，应为 *"),
    ("has no formula", "缺少 formula"),
    ("has no rule, which only code could answer", "没有 rule，只有代码才能判断"),
    ("has no transition that makes it", "没有创建它的动作"),
    ("has no consequence", "逾期后没有任何后果"),
    ("has no *", "缺少 *"),
    ("write *", "写 *"),
    ("\"*\" is not ASCII", "“*” 不是 ASCII"),
    ("write it in ASCII; other scripts stand in zh and en", "改用 ASCII；汉字写在 zh 与 en 里"),
    ("\"*\": * is no type and no name", "“*”：* 既不是类型也不是名称"),
    ("\"*\": *(…) is no type", "“*”：没有类型 *(…)"),
    ("\"*\": * needs its bounds in brackets", "“*”：* 须在括号内写明上下限"),
    ("\"*\": lacks the closing bracket", "“*”：缺少右括号"),
    (
        "\"*\": *(…) is no relation; there are own, other, region",
        "“*”：没有关系 *(…)；有 own、other、region",
    ),
    ("reads arguments.*, which has no type", "读取 arguments.*，但没有写它的类型"),
    ("is read by nothing", "没有任何动作读取"),
    ("is used by nothing", "没有被用到"),
    ("use it or remove it", "用上它，或删除"),
    ("names the role *, which is not declared", "写了角色 *，但没有声明"),
    ("add it to the roles", "在 [roles] 中声明"),
    ("names the state *, which is not declared", "写了状态 *，但没有声明"),
    ("add it to the states", "在 states 中声明"),
    ("asks the guard *, which is not declared", "用了条件 *，但没有声明"),
    ("add it to the guards", "在 [guards] 中声明"),
    ("emits *, which is not declared", "发出事件 *，但没有声明"),
    ("add it to the events", "在 [events] 中声明"),
    ("names the clock *, which is not declared", "写了时限 *，但没有声明"),
    ("declare the deadline", "在 deadlines 中声明"),
    ("sets *, which is no declared field", "给 * 赋值，但没有这个字段"),
    (
        "name a field; state and clocks are set by the row itself",
        "写一个字段；状态与计时由动作本身改变",
    ),
    ("compares the field *, which the entity has not", "与字段 * 比较，但对象没有这个字段"),
    ("name a field of the entity", "写对象的字段"),
    ("is reached from nowhere", "没有动作能到达"),
    ("add a transition to it or remove it", "增加到达它的动作，或删除"),
    ("is never left and no end", "不是终态，却没有离开它的动作"),
    ("mark it as an end or add a way out", "标为 end = true，或增加离开它的动作"),
    ("is an end that is left", "是终态，却有动作离开它"),
    ("unmark it or remove the transition", "去掉 end，或删除该动作"),
    ("may be done by nobody", "没有人可以做"),
    (
        "name who may; an actor without a role is anybody registered",
        "用 by 写明谁可以做；anyone 表示任何已登记者",
    ),
    ("may be read by nobody", "没有人可以读"),
    ("name its readers; reads are denied by default", "用 readers 写明谁可以读；默认不可读"),
    ("is never started", "从未开始计时"),
    ("start it in a transition", "在某个动作的 clocks 中写 start"),
    ("is never stopped", "从未停止计时"),
    ("stop it in a transition", "在某个动作的 clocks 中写 stop"),
    ("has the limit *, which is no setting of time", "时限 * 不是时间参数"),
    (
        "declare a setting in minutes, days or working_days",
        "在 [settings] 中声明，单位为 minutes、days 或 working_days",
    ),
    (
        "orders, but the entity carries no supervision orders",
        "逾期产生督办单，但对象没有写 supervised",
    ),
    ("set supervised", "写 supervised = true"),
    ("orders *, which is no organisation", "督办 *，但它不是机构"),
    ("name a field that is one", "写一个机构字段"),
    ("is declared twice", "声明了两次"),
    ("give one of them another name", "给其中一个换名称"),
    ("uses *, which is not declared before it", "用了类型 *，但在它之前没有声明"),
    ("uses *, which is not declared", "用了类型 *，但没有声明"),
    ("declare it, and before its first use", "先声明，再使用"),
    ("declare it among the types", "在 [types] 中声明"),
    ("at byte *: there is no field *", "第 * 字节：没有字段 *"),
    ("at byte *: *", "第 * 字节：*"),
    ("correct the expression", "更正表达式"),
    (
        "has a row from * that is never tried, because one before it always holds",
        "从 * 出发的后一行永远轮不到，因为前一行总成立",
    ),
    ("give the earlier row a `when`", "给前一行写 when"),
    ("has a default outside its bounds", "默认值不在上下限之内"),
    ("correct default, min and max", "更正 default、min、max"),
    ("has a dot in its name", "名称含有点号"),
    ("use letters, digits, _ and -", "只用字母、数字、_ 与 -"),
    (
        "has a prefix that does not begin with the contract's name and a dot",
        "前缀不以模块名称加点号开头",
    ),
    ("leave prefix away, or write CONTRACT.ENTITY", "不写 prefix，或写 模块.对象"),
    ("sets a value that only code could compute", "赋的值只有代码才能算出"),
    ("performs no transition, so only code could carry it out", "不执行任何动作，只有代码才能完成"),
    ("may cost more than * steps", "计算代价可能超过 * 步"),
    ("shorten the lists that its rules look through", "缩短条件所遍历的列表"),
    ("carries *, which no entity that emits it has", "携带 *，但发出它的对象没有这个字段"),
    ("lies within *, which is no time of *", "按 * 计期，但它不是 * 的时间字段"),
    ("does not say which entity it is over", "没有写针对哪种对象"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_carry_their_words_over() {
        assert_eq!(
            chinese("names the role clerk, which is not declared"),
            "写了角色 clerk，但没有声明"
        );
        assert_eq!(chinese("at byte 8: there is no field lock"), "第 8 字节：没有字段 lock");
        assert_eq!(chinese("write action = …"), "写 action = …");
        assert_eq!(chinese("something that nobody foresaw"), "something that nobody foresaw");
    }

    #[test]
    fn each_pattern_has_as_many_stars_in_both_languages() {
        for (english, chinese) in WORDS {
            assert_eq!(english.matches('*').count(), chinese.matches('*').count(), "{english}");
        }
    }
}
