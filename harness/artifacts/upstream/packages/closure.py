"""Says which packages yum needs for what it is asked to install, on a CentOS 7 of which nothing is known.

usage: closure.py FOLDER

FOLDER/request.json: {"repositories": {NAME: FOLDER of a repository}, "install": [[PACKAGE, ...], ...]}, each list an
installation of its own. FOLDER/closure.json: [{"repository": NAME, "location": PATH in it, "bytes": N, "sha256": DIGEST}].
dnf writes below FOLDER alone, and the host's own settings and packages are not looked at.
"""
import json
import os
import sys

import dnf


def opened(folder, repositories):
    base = dnf.Base()
    conf = base.conf
    conf.installroot = f"{folder}/root"
    conf.cachedir = f"{folder}/cache"
    conf.persistdir = f"{folder}/persist"
    conf.logdir = folder
    conf.substitutions.update(releasever="7", basearch="x86_64", arch="x86_64")
    for name, path in repositories.items():
        base.repos.add_new_repo(name, conf, baseurl=[f"file://{path}"])
    base.fill_sack(load_system_repo=False)
    base.read_comps()
    return base


def resolved(base, names):
    base.reset(goal=True)
    for name in names:
        base.install(name)
    base.resolve()
    return set(base.transaction.install_set)


def minimal(base):
    """The minimal installation's packages, as far as the repositories have them."""
    group = base.comps.group_by_pattern("core")
    names = {package.name for package in group.packages_iter()} if group else set()
    present = base.sack.query().available().filter(name=list(names))
    return resolved(base, {package.name for package in present})


def closure(base, installations):
    chosen = set().union(*(resolved(base, names) for names in installations))
    # What comes from one source has one version: a package that the machine has may have to follow.
    sources = {package.sourcerpm for package in chosen}
    return chosen | {package for package in minimal(base) if package.sourcerpm in sources}


def described(package):
    algorithm, digest = package.returnIdSum()
    if algorithm != "sha256":
        raise dnf.exceptions.Error(f"Repository '{package.reponame}' gives no SHA-256 of {package}, but its {algorithm}")
    return {
        "repository": package.reponame,
        "location": package.location,
        "bytes": package.downloadsize,
        "sha256": digest,
    }


folder = sys.argv[1]
with open(f"{folder}/request.json", encoding="utf-8") as file:
    request = json.load(file)
os.makedirs(f"{folder}/root", exist_ok=True)
try:
    found = closure(opened(folder, request["repositories"]), request["install"])
    described_packages = [described(package) for package in sorted(found)]
except dnf.exceptions.PackageNotFoundError as error:
    sys.exit(f"No package {error.pkg_spec} in any repository")
except dnf.exceptions.Error as error:
    sys.exit(str(error).strip())
with open(f"{folder}/closure.json", "w", encoding="utf-8") as file:
    json.dump(described_packages, file)
