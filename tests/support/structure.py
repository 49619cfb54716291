"""Prints how a package is built, in numbers: ``python -m tests.support.structure [FOLDER] [OTHER-FOLDER ...]``.

FOLDER is a package (default: ``smartcert``). Everything is read from the source as text and nothing is imported, so
that an older checkout can be measured beside this one.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

RUN = 6
"""From how many equal lines of code in a row two places count as a duplicated pair."""


def measure(package: Path) -> dict[str, object]:
    """Return the numbers of a package by what they count."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    trees = {path: ast.parse(source) for path, source in sources.items()}
    lengths = [source.count("\n") for source in sources.values()]
    folders = Counter(path.parent for path in sources)
    longest = max(sources, key=lambda path: sources[path].count("\n"))
    return {
        "files": len(sources),
        "lines": sum(lengths),
        "lines of a file, median": int(median(lengths)),
        "lines of a file, longest": f"{max(lengths)} ({longest.relative_to(package)})",
        "files of a folder, most": max(folders.values()),
        "folders with more than 28 files": sum(1 for count in folders.values() if count > 28),
        "functions": sum(1 for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)),
        "private functions with one call": sum(_called_once(tree) for tree in trees.values()),
        "class names with two meanings": len(same_class_names(trees)),
        "import circles": len(circles(imports(package, trees))),
        "uses of another module's private names": sum(_foreign_private(tree) for tree in trees.values()),
        "imports inside functions": sum(_inner_imports(tree) for tree in trees.values()),
        "duplicated pairs": len(duplicates(sources)),
    }


def same_class_names(trees: Mapping[Path, ast.Module]) -> set[str]:
    """Return the names of classes that are defined more than once, a leading underscore left aside."""
    names = Counter(
        node.name.lstrip("_") for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    )
    return {name for name, count in names.items() if count > 1}


def _called_once(tree: ast.Module) -> int:
    private = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("_")}
    uses = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return sum(1 for name in private if uses[name] == 1)


def _foreign_private(tree: ast.Module) -> int:
    own = ("self", "cls", "os", "sys")
    return sum(
        1
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and isinstance(node.value, ast.Name)
        and node.value.id not in own
    )


def _inner_imports(tree: ast.Module) -> int:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return len(
        {
            inner.lineno
            for function in functions
            for inner in ast.walk(function)
            if isinstance(inner, ast.Import | ast.ImportFrom)
        }
    )


def imports(package: Path, trees: Mapping[Path, ast.Module]) -> dict[str, set[str]]:
    """Return which modules of the package each of its modules imports when it is imported itself.

    What stands in functions or behind ``TYPE_CHECKING`` does not count: it runs later, or never.
    """
    names = {path: _module(package, path) for path in trees}
    known = set(names.values())
    graph: dict[str, set[str]] = {name: set() for name in known}
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in node.names:
                    inner = f"{node.module}.{name.name}"
                    graph[names[path]].add(inner if inner in known else node.module)
            elif isinstance(node, ast.Import):
                graph[names[path]].update(name.name for name in node.names)
    return {name: targets & known - {name} for name, targets in graph.items()}


def _module(package: Path, path: Path) -> str:
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in sorted(graph[name]):
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return groups


def duplicates(sources: Mapping[Path, str]) -> set[tuple[Path, Path]]:
    """Return the pairs of files that share ``RUN`` or more lines of code in a row, imports and comments left out."""
    places: dict[tuple[str, ...], set[Path]] = defaultdict(set)
    for path, source in sources.items():
        lines = list(_code(source))
        for start in range(len(lines) - RUN + 1):
            places[tuple(lines[start : start + RUN])].add(path)
    return {
        (first, second) for paths in places.values() for first in paths for second in paths if str(first) < str(second)
    }


def _code(source: str) -> Iterator[str]:
    for line in source.splitlines():
        text = line.strip()
        if len(text) > 3 and not text.startswith(("#", "import ", "from ", '"""')):
            yield text


def main(folders: list[str]) -> None:
    """Print the numbers of the packages side by side."""
    packages = [Path(folder).resolve() for folder in folders or ["smartcert"]]
    columns = [measure(package) for package in packages]
    print(f"{'':40}", *(f"{package.parent.name[:30]:>32}" for package in packages))
    for name in columns[0]:
        print(f"{name:40}", *(f"{column[name]!s:>32}" for column in columns))


if __name__ == "__main__":
    main(sys.argv[1:])
