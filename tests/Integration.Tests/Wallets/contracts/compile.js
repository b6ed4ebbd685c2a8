// Compiles Token.sol and prints its bytecode.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: { "Token.sol": { content: fs.readFileSync(path.join(__dirname, "Token.sol"), "utf8") } },
      settings: { evmVersion: "paris", outputSelection: { "*": { Token: ["evm.bytecode.object"] } } },
    }),
    { import: (file) => ({ contents: fs.readFileSync(path.join(__dirname, "node_modules", file), "utf8") }) },
  ),
);
const errors = (output.errors || []).filter((error) => error.severity === "error");
if (errors.length > 0) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
console.log(output.contracts["Token.sol"].Token.evm.bytecode.object);
