// Answers questions about SM2 and SM3 with npm's sm-crypto; src/peers/pipe.rs says what the lines are.

const { sm2, sm3 } = require("sm-crypto");
const { version } = require("sm-crypto/package.json");
const readline = require("readline");

const bytes = (text) => (text === "-" ? [] : [...Buffer.from(text, "hex")]);
const hex = (text) => (text === "-" ? "" : text);

// Identities are text to it.
function identityOf(text) {
  const buffer = Buffer.from(hex(text), "hex");
  const identity = buffer.toString("utf8");
  return Buffer.from(identity, "utf8").equals(buffer) ? identity : undefined;
}

function verify([, key, id, kind, input, form, signature]) {
  const userId = identityOf(id);
  // It takes an empty identity for none, which is the usual one.
  if (kind === "m" && !userId) return "cannot";
  const options = { hash: kind === "m", der: form === "der", userId };
  return sm2.doVerifySignature(bytes(input), hex(signature), hex(key), options) ? "valid" : "invalid";
}

function sign([, secret, key, id, message]) {
  const userId = identityOf(id);
  if (!userId) return "cannot";
  return sm2.doSignature(bytes(message), secret, { hash: true, publicKey: key, userId });
}

function answer(words) {
  switch (words[0]) {
    case "verify": return verify(words);
    case "sign": return sign(words);
    case "sm3": return sm3(bytes(words[1]));
    default: return "cannot";
  }
}

console.log(`sm-crypto (npm) ${version}`);
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let text;
  try {
    text = answer(line.split(" "));
  } catch (error) {
    text = `fault ${String(error.message || error).split("\n")[0]}`;
  }
  console.log(text);
});
