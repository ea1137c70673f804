//! Codes of the rules that every declared contract shares (decision 0006): table, clocks, joint acts, corrections, settings.

use super::{Code, CodeRow, CodeText};

codes! {
    OBJECT_UNKNOWN = 7001, 404,
        en: "object is unknown",
            "no object is kept under this key",
            "look the key up in the contract's queries",
        zh: "对象不存在",
            "该键下没有对象",
            "用合约的查询核对键";
    OBJECT_EXISTS = 7002, 409,
        en: "object exists already",
            "an object was made under this key before",
            "choose another key, or act on the object that is there",
        zh: "对象已存在",
            "该键下已建立对象",
            "换用其他键，或对已有对象操作";
    STATE_MISMATCH = 7003, 409,
        en: "action is not possible in this state",
            "no row of the contract's table leads from the object's state by this action",
            "read the object's state and the table of the contract",
        zh: "当前状态不允许该操作",
            "合约的状态表中没有从该状态出发的这一操作",
            "查看对象状态与合约的状态表";
    ACTOR_MISMATCH = 7004, 403,
        en: "sender may not do this",
            "the sender has not the role, or not the relation to the object, that the action asks for",
            "let somebody act whom the contract's table names",
        zh: "签名方无权操作",
            "签名方没有该操作要求的角色，或与对象没有要求的关系",
            "由合约状态表列明的一方操作";
    GUARD_REFUSED = 7005, 422,
        en: "condition of the contract does not hold",
            "the guard that the event `refused` names does not hold",
            "read the guard's cause and remedy in the contract's interface",
        zh: "合约条件不成立",
            "事件 refused 所指的条件不成立",
            "查看合约接口中该条件的原因和处理办法";
    CLOCK_RUNNING = 7006, 409,
        en: "deadline has not passed",
            "the action is possible only once the deadline is over",
            "wait until it is over; the object shows when it is due",
        zh: "期限未到",
            "该操作仅在期限届满后可行",
            "等待期限届满；对象中载明到期时间";
    EXTENDED_ALREADY = 7007, 409,
        en: "deadline was extended before",
            "a deadline is extended once",
            "act before it is over, or answer the supervision order",
        zh: "期限已延长过",
            "每个期限只能延长一次",
            "在到期前办理，或答复督办";
    FACT_UNKNOWN = 7008, 404,
        en: "fact is unknown",
            "another contract knows nothing under the key that the rule asks with",
            "correct the reference, or register the thing first",
        zh: "所引事实不存在",
            "另一合约中没有所引的对象",
            "更正引用，或先登记该对象";
    SAME_SIGNER = 7009, 409,
        en: "act needs another signer",
            "the act must be signed by different keys or organisations",
            "let the other party sign",
        zh: "需由另一方签名",
            "该行为须由不同密钥或不同机构签名",
            "由另一方签名";
    CORRECTION_EMPTY = 7010, 400,
        en: "correction changes nothing",
            "no field is given, or every value is the one that stands",
            "name the fields that are wrong with their right values",
        zh: "更正没有改变任何内容",
            "未给出字段，或所给的值与现值相同",
            "写明有误的字段及正确的值";
    SETTING_UNKNOWN = 7011, 404,
        en: "setting is unknown",
            "the contract declares no setting of this name",
            "read the settings in the contract's interface",
        zh: "设置项不存在",
            "合约没有声明该名称的设置项",
            "查看合约接口中的设置项";
    SETTING_BOUNDS = 7012, 422,
        en: "setting is outside its bounds",
            "the value lies below the least or above the greatest that the contract declares",
            "choose a value within the bounds",
        zh: "设置值超出范围",
            "该值低于或高于合约声明的范围",
            "选择范围内的值";
    ORDER_EXISTS = 7013, 409,
        en: "supervision order was raised before",
            "one order is raised for one deadline of an object",
            "answer the order that stands",
        zh: "督办单已存在",
            "一个对象的一个期限只能产生一张督办单",
            "处理已有的督办单";
    KEY_PART_UNFIT = 7014, 400,
        en: "key cannot be written",
            "a part of the object's key holds a slash or is too long",
            "choose another number for the object",
        zh: "键无法写出",
            "对象键的一部分含有斜杠或过长",
            "为对象选择其他编号";
}
