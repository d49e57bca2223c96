/**
 * Doc lint: every exported declaration and every public method of an exported class has a doc comment.
 *
 * `deno doc --lint` asks for one on each field as well, where the field's name and type say it all; those stay a matter
 * of judgement.
 *
 * @module
 */

type Node = Deno.lint.Node;

const DOCUMENTED: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "ClassDeclaration",
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSEnumDeclaration",
  "VariableDeclaration",
]);

/** Whether a doc comment ends right above a node. `getCommentsBefore` gives every earlier comment of the file. */
function hasDoc(context: Deno.lint.RuleContext, node: Node): boolean {
  const comment = context.sourceCode.getCommentsBefore(node).at(-1);
  if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return false;
  return context.sourceCode.text.slice(comment.range[1], node.range[0]).trim() === "";
}

function isPublicMethod(node: Node): boolean {
  if (node.type !== "MethodDefinition" || node.kind !== "method" || node.accessibility === "private") return false;
  return node.key.type === "Identifier" && !node.override;
}

const nameOf = (node: Node): string => {
  if (node.type === "VariableDeclaration") {
    const id = node.declarations[0]?.id;
    return id?.type === "Identifier" ? id.name : "constant";
  }
  return "id" in node && node.id !== null && node.id?.type === "Identifier" ? node.id.name : "declaration";
};

const plugin: Deno.lint.Plugin = {
  name: "docs",
  rules: {
    "doc-comment": {
      create(context) {
        return {
          ExportNamedDeclaration(node) {
            const { declaration } = node;
            if (!declaration || !DOCUMENTED.has(declaration.type)) return;
            if (!hasDoc(context, node)) {
              context.report({ node, message: `Exported "${nameOf(declaration)}" needs a doc comment` });
            }
            // A class that implements a documented interface inherits its words.
            if (declaration.type !== "ClassDeclaration" || declaration.implements.length > 0) return;
            for (const member of declaration.body.body as Node[]) {
              if (!isPublicMethod(member) || hasDoc(context, member)) continue;
              const name = member.type === "MethodDefinition" && member.key.type === "Identifier"
                ? member.key.name
                : "";
              context.report({ node: member, message: `Method "${name}" needs a doc comment` });
            }
          },
        };
      },
    },
  },
};
export default plugin;
