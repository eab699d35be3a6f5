"""`callqa policy`: check a policy, explain its rules, run its test calls, see what a change of it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from callqa.cli.common import JsonOption, LabelsOption, PolicyOption, examples, new_app, print_json, tr, ui_lang

app = new_app()

_FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help=tr("Policy file.", "质检标准文件。"))]


@app.callback(help=tr("Check, explain, test and compare QA policies.", "校验、解释、测试、比较质检标准。"))
def policy() -> None:
    """Give the group its help."""


@app.command(
    help=tr(
        "Check a policy file: everything that is wrong with it, with file, line and field.", "校验质检标准文件，列出全部错误及其位置。"
    ),
    epilog=examples("callqa policy check policies/default.yaml"),
)
def check(file: _FileArgument, labels_file: LabelsOption = None, as_json: JsonOption = False) -> None:
    """Declare the options; `callqa.policy.policy_problems` does the work."""
    from callqa.labels import load_scheme
    from callqa.policy import load_policy, policy_problems

    scheme = load_scheme(labels_file)
    problems = policy_problems(file, scheme)
    if as_json:
        found = [{"file": one.file, "line": one.line, "field": one.field, "message": one.message} for one in problems]
        print_json({"valid": not problems, "problems": found})
    else:
        for one in problems:
            typer.echo(str(one))
    if problems:
        raise typer.Exit(1)
    if not as_json:
        rules = load_policy(file, scheme)
        count = len(rules.active)
        typer.echo(tr(f"{file}: valid, {count} rules ({rules.sha256[:8]})", f"{file}：有效，{count} 条规则（{rules.sha256[:8]}）"))


@app.command(
    help=tr(
        "Explain a rule: what it asks, why it stands, what it costs; without CODE list all rules.", "解释一条规则；不给编号则列出全部规则。"
    ),
    epilog=examples("callqa policy explain THIRD_PARTY_LEAK", "callqa policy explain -p policies/self-regulation.yaml --lang zh"),
)
def explain(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help=tr("Code of a rule.", "规则编号。"))] = None,
    file: PolicyOption = None,
    labels_file: LabelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.policy.describe` does the work."""
    from callqa.errors import PolicyError
    from callqa.labels import load_scheme
    from callqa.policy import load_policy
    from callqa.policy.describe import explain_rule
    from callqa.policy.names import unknown

    rules = load_policy(file, load_scheme(labels_file))
    if code is not None and code not in rules.by_code:
        raise PolicyError(unknown("rule", code, list(rules.by_code)).message, file=rules.source)
    entries = rules.rules if code is None else (rules.by_code[code],)
    if as_json:
        print_json([entry.rule.model_dump(mode="json", by_alias=True, exclude_unset=True) for entry in entries])
    elif code is None:
        for entry in entries:
            rule = entry.rule
            typer.echo(f"{rule.code:<24} {rule.severity:<10} {rule.points:>4g}  {tr(rule.name.en, rule.name.zh)}")
    else:
        typer.echo("\n".join(explain_rule(entries[0], rules, ui_lang())))


@app.command(
    help=tr("Run the test calls of a policy; exit 1 where one fails.", "运行质检标准自带的测试通话；有失败则退出码为 1。"),
    epilog=examples("callqa policy test policies/default.yaml", "callqa policy test mine.yaml mine.cases.yaml"),
)
def test(
    file: _FileArgument,
    cases: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CASES]", help=tr("Test calls; FILE's neighbour .cases.yaml by default.", "测试通话文件；默认为同名 .cases.yaml。")
        ),
    ] = None,
    labels_file: LabelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.policy.cases` does the work."""
    from callqa.labels import load_scheme
    from callqa.policy import load_policy
    from callqa.policy.cases import cases_beside, failure, load_cases, run_cases, untested

    rules = load_policy(file, load_scheme(labels_file))
    listed = load_cases(cases or cases_beside(file), rules).cases
    results = run_cases(listed, rules)
    failed = [result for result in results if not result.passed]
    missing = untested(listed, rules)
    if as_json:
        found = [{"rule": result.case.rule, "case": result.case.name, "problem": failure(result)} for result in failed]
        print_json({"cases": len(results), "failed": found, "untested": missing})
    else:
        for result in failed:
            typer.echo(f"{result.case.rule}: {result.case.name}: {failure(result)}")
        passed = len(results) - len(failed)
        typer.echo(tr(f"{passed} of {len(results)} cases passed", f"{len(results)} 个用例，通过 {passed} 个"))
        if missing:
            typer.echo(tr("Rules without both kinds of case: ", "缺少正反用例的规则：") + ", ".join(missing))
    if failed:
        raise typer.Exit(1)


@app.command(
    help=tr(
        "Which calls of a result folder change flags between two policies, and why.", "两份质检标准之间，哪些通话的质检项会变、为什么变。"
    ),
    epilog=examples("callqa policy diff policies/default.yaml policies/self-regulation.yaml out"),
)
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help=tr("Policy file.", "质检标准文件。"))],
    after: Annotated[Path, typer.Argument(metavar="B", help=tr("The policy it is compared with.", "与之比较的质检标准文件。"))],
    out: Annotated[Path, typer.Argument(metavar="OUT", help=tr("Result folder of callqa tag.", "callqa tag 的结果目录。"))],
    labels_file: LabelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.policy.diff` does the work."""
    from callqa.labels import load_scheme
    from callqa.policy import load_policy
    from callqa.policy.diff import call_changes, rule_changes
    from callqa.reflag import result_calls, result_contacts

    scheme = load_scheme(labels_file)
    old, new = load_policy(before, scheme), load_policy(after, scheme)
    rules = rule_changes(old, new)
    changes = list(call_changes(result_calls(out, scheme), old, new, result_contacts(out, scheme)))
    if as_json:
        calls = [
            {
                "call_id": change.call_id,
                "score": [change.score_before, change.score_after],
                "flags": [{"code": flag.code, "change": flag.change, "why": list(flag.why)} for flag in change.flags],
            }
            for change in changes
        ]
        print_json({"rules": {code: list(why) for code, why in rules.items()}, "calls": calls})
        return
    words = {"added": tr("new", "新增"), "removed": tr("gone", "消失"), "changed": tr("changed", "变化")}
    for code, why in rules.items():
        typer.echo(f"{code}: {'; '.join(why)}")
    typer.echo(tr(f"{len(changes)} calls change", f"{len(changes)} 通电话有变化"))
    for change in changes:
        flags = ", ".join(f"{flag.code} {words[flag.change]}" for flag in change.flags)
        typer.echo(f"  {change.call_id}  {change.score_before:g} → {change.score_after:g}  {flags}")


@app.command(
    help=tr(
        "Print the JSON Schema of policies, by which editors complete and check them.", "输出质检标准的 JSON Schema，供编辑器补全和校验。"
    ),
    epilog=examples("callqa policy schema > schema.json"),
)
def schema(
    cases: Annotated[bool, typer.Option("--cases", help=tr("That of files of test calls.", "测试通话文件的 Schema。"))] = False,
    labels_file: LabelsOption = None,
) -> None:
    """Declare the options; `callqa.policy.schema` does the work."""
    from callqa.labels import load_scheme
    from callqa.policy.schema import cases_schema, policy_schema, schema_text

    scheme = load_scheme(labels_file)
    typer.echo(schema_text(cases_schema(scheme) if cases else policy_schema(scheme)), nl=False)
