// Judges transactions with mvc-lib: their ids, and whether its interpreter lets each input spend what it spends.
// Reads one JSON object a line, {raw, spent: [{value, script}]}; prints {txid, verified: [bool per input]} for each.
const readline = require("node:readline");
const mvc = require("mvc-lib");

const { Interpreter } = mvc.Script;
const ALWAYS =
  Interpreter.SCRIPT_ENABLE_SIGHASH_FORKID |
  Interpreter.SCRIPT_VERIFY_STRICTENC |
  Interpreter.SCRIPT_VERIFY_DERSIG |
  Interpreter.SCRIPT_VERIFY_SIGPUSHONLY |
  Interpreter.SCRIPT_VERIFY_MINIMALDATA |
  Interpreter.SCRIPT_VERIFY_CLEANSTACK |
  Interpreter.SCRIPT_VERIFY_NULLFAIL;
// With LOW_S the interpreter does not look at the hash type, so every input is judged with it and without it.
const RULES = [ALWAYS, ALWAYS | Interpreter.SCRIPT_VERIFY_LOW_S];

const verified = (transaction, spent, index) =>
  RULES.every((flags) =>
    new Interpreter().verify(
      mvc.Script.fromBuffer(transaction.inputs[index]._scriptBuffer),
      mvc.Script.fromHex(spent.script),
      transaction,
      index,
      flags,
      new mvc.crypto.BN(spent.value),
    ),
  );

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { raw, spent } = JSON.parse(line);
  const transaction = new mvc.Transaction().fromBuffer(Buffer.from(raw, "hex"));
  const told = { txid: transaction.id, verified: spent.map((output, index) => verified(transaction, output, index)) };
  process.stdout.write(JSON.stringify(told) + "\n");
});
