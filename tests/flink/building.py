"""The jar with all the jobs, compiled against Flink's own jars."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
LEFT_OUT: Final = "com/acme/pricing/Tariff.class"


def build(jars: Path, into: Path) -> Path:
    """Compile, then put another version of one library class in and leave one class out."""
    classes, later = into / "classes", into / "later"
    _compile(classes, f"{jars}/*", HERE / "java")
    _compile(later, f"{jars}/*", HERE / "later")
    jar = into / "jobs.jar"
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
        for path in sorted(classes.rglob("*.class")):
            name = path.relative_to(classes).as_posix()
            newer = later / name
            if name != LEFT_OUT:
                packed.write(newer if newer.exists() else path, name)
    return jar


def _compile(into: Path, classpath: str, sources: Path) -> None:
    into.mkdir(parents=True)
    files = sorted(str(path) for path in sources.rglob("*.java"))
    subprocess.run(
        ["javac", "-nowarn", "--release", "11", "-d", str(into), "-cp", classpath, *files],
        check=True,
    )
