"""Makes merkle-tree.json: RFC 9162 section 2.1 as its definitions read, in Python, apart from the code under test.

The eight leaves and the roots are the ones that Certificate Transparency implementations have published since RFC 6962; the script
stops if what it computes is not what they published.
"""
import hashlib, json, os

def sha(data): return hashlib.sha256(data).digest()
def split(n): return 1 << ((n - 1).bit_length() - 1)
def mth(d):
    if not d: return sha(b"")
    if len(d) == 1: return sha(b"\0" + d[0])
    k = split(len(d))
    return sha(b"\1" + mth(d[:k]) + mth(d[k:]))
def path(m, d):
    if len(d) == 1: return []
    k = split(len(d))
    return path(m, d[:k]) + [mth(d[k:])] if m < k else path(m - k, d[k:]) + [mth(d[:k])]
def sub(m, d, b):
    if m == len(d): return [] if b else [mth(d)]
    k = split(len(d))
    return sub(m, d[:k], b) + [mth(d[k:])] if m <= k else sub(m - k, d[k:], False) + [mth(d[:k])]

CT = [bytes.fromhex(x) for x in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]]
PUBLISHED = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
assert [mth(CT[:n]).hex() for n in range(9)] == PUBLISHED

def proofs(leaves, inclusion, consistency):
    return {
        "inclusion": [{"seq": m, "size": n, "path": [h.hex() for h in path(m, leaves[:n])]} for m, n in inclusion],
        "consistency": [{"old": m, "new": n, "path": [h.hex() for h in sub(m, leaves[:n], True)]} for m, n in consistency],
    }

MANY = [b"leaf %d" % i for i in range(70000)]
SIZES = [1, 255, 256, 257, 511, 512, 1000, 65535, 65536, 65537, 70000]
out = {
    "about": "Made by merkle-tree.py in Python after the definitions of RFC 9162 section 2.1. `small`: the leaves and roots that Certificate Transparency implementations have published since RFC 6962. `large`: the leaf i is the ASCII text `leaf i`.",
    "small": {"leaves": [x.hex() for x in CT], "roots": PUBLISHED,
              **proofs(CT, [(m, n) for n in range(1, 9) for m in range(n)], [(m, n) for n in range(1, 9) for m in range(1, n + 1)])},
    "large": {"roots": [{"size": n, "root": mth(MANY[:n]).hex()} for n in SIZES],
              **proofs(MANY, [(0, 257), (255, 256), (256, 257), (999, 1000), (65536, 65537), (300, 70000), (69999, 70000)],
                       [(255, 256), (256, 257), (257, 1000), (1000, 70000), (65536, 70000), (65537, 70000)])},
}
with open(os.path.join(os.path.dirname(__file__), "merkle-tree.json"), "w") as file:
    json.dump(out, file, indent=2)
    file.write("\n")
