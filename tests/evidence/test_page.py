#!/usr/bin/env python3
"""Evidence packages as a reader meets them: the page in a headless Chromium that has no network, and the command, each over the whole
package and over packages of which one byte was changed. Called by tools/check-evidence: PROGRAM BROWSER [FOLDER FOR PICTURES]."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

PROGRAM, BROWSER = sys.argv[1], sys.argv[2]
PICTURES = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
VECTORS = pathlib.Path(__file__).parent.parent / "conformance" / "receipt.json"
PATIENCE_S = 120


class Chromium:
    """One browser, spoken to over two pipes; its own network namespace where the system allows one, and offline in any case."""

    def __init__(self, folder):
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()
        command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--disable-dev-shm-usage",
                   f"--user-data-dir={folder}", "--no-first-run", "about:blank"]
        alone = ["unshare", "--net"] if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0 else []

        def wire():
            # The browser reads commands from 3 and writes answers to 4.
            reader, writer = os.dup(to_read), os.dup(to_write)
            os.dup2(reader, 3)
            os.dup2(writer, 4)

        self.process = subprocess.Popen(alone + command, preexec_fn=wire, close_fds=False, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.isolated = bool(alone)
        self.rest, self.number, self.session, self.requests = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)

    def message(self):
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self.rest:
            assert time.monotonic() < deadline, "the browser is silent"
            piece = os.read(self.read, 1 << 20)
            assert piece, "the browser ended"
            self.rest += piece
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression):
        """Until it holds; the page works on its own time."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.value(expression):
            assert time.monotonic() < deadline, expression
            time.sleep(0.05)

    def open(self, path):
        """The class and words of the verdict of a page."""
        self.call("Page.navigate", url=pathlib.Path(path).as_uri())
        name = json.dumps(pathlib.Path(path).as_uri())
        self.wait(f"location.href === {name} && document.readyState === 'complete'")
        # A page that is broken stays as it came: give it the time that a sound one needs many times over.
        deadline = time.monotonic() + 5
        settled = "!!document.body.dataset.done || document.getElementById('verdict').classList.length > 1"
        while time.monotonic() < deadline and not self.value(settled):
            time.sleep(0.05)
        return self.told("verdict")

    def told(self, name):
        return self.value(f"(d => [d.className, d.innerText])(document.getElementById('{name}'))")

    def drop(self, *paths):
        """What the page says of files given to it."""
        self.value("document.getElementById('dropped').textContent = ''; document.getElementById('pick').value = ''")
        node = self.call("Runtime.evaluate", expression="document.getElementById('pick')")["result"]["objectId"]
        self.call("DOM.setFileInputFiles", files=[str(path) for path in paths], objectId=node)
        self.wait("!!document.getElementById('dropped').firstChild")
        return self.value("(d => [d.firstChild.className, d.innerText])(document.getElementById('dropped'))")

    def picture(self, name):
        if PICTURES:
            shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
            (PICTURES / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def end(self):
        self.process.terminate()
        self.process.wait(20)


def run(*arguments):
    done = subprocess.run([PROGRAM, "--lang", "en", *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Evidence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        case = json.loads(VECTORS.read_text("utf-8"))[0]["proven"][1]
        (cls.folder / "one.receipt").write_bytes(bytes.fromhex(case["receipt"]))
        (cls.folder / "记录.txt").write_bytes(bytes.fromhex(case["document"]))
        cls.root = bytes.fromhex(case["root"]).decode()
        (cls.folder / "key.crt").write_text("synthetic certificate\n")
        cls.package = cls.folder / "evidence.zip"
        cls.pack(cls.package)
        cls.browser = Chromium(cls.folder / "profile")
        with zipfile.ZipFile(cls.package) as package:
            cls.members = {name: package.read(name) for name in package.namelist()}

    @classmethod
    def pack(cls, out):
        code, said = run("evidence", "pack", cls.folder / "one.receipt", "--file", cls.folder / "记录.txt", "--certificate",
                         cls.folder / "key.crt", "--out", out, "--trust", cls.root)
        assert code == 0, said

    @classmethod
    def tearDownClass(cls):
        cls.browser.end()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def altered(self, name):
        """The package with one byte of one file changed in place, the ZIP around it as it was."""
        data = bytearray(self.package.read_bytes())
        start = data.find(self.members[name][:64])
        while data[start - len(name.encode()):start] != name.encode():
            start = data.find(self.members[name][:64], start + 1)
        data[start + len(self.members[name]) // 2] ^= 1
        path = self.folder / "altered.zip"
        path.write_bytes(data)
        return path

    def page(self, content):
        path = self.folder / "page.html"
        path.write_bytes(content)
        return path

    def test_the_same_things_packed_twice_are_the_same_bytes(self):
        again = self.folder / "again.zip"
        self.pack(again)
        self.assertEqual(self.package.read_bytes(), again.read_bytes())

    def test_the_page_proves_the_record_without_a_network_in_the_words_of_the_specification(self):
        kind, words = self.browser.open(self.page(self.members["explanation.html"]))
        self.browser.picture("proven")
        self.assertEqual((kind, "1 records proven" in words), ("verdict good", True), words)
        text = self.browser.told("records")[1]
        self.assertIn(f"proven under trust root {self.root} as of checkpoint", text)
        self.assertIn("files/记录.txt", text)
        self.assertFalse([url for url in self.browser.requests if not url.startswith(("file:", "data:", "about:"))])

    def test_the_page_says_its_own_digest_which_is_that_of_the_file(self):
        self.browser.open(self.page(self.members["explanation.html"]))
        listed = {file["name"]: file for file in json.loads(self.members["manifest.json"])["files"]}
        self.assertIn(listed["explanation.html"]["sha256"], self.browser.told("self")[1])

    def test_another_root_is_refused_by_page_and_command(self):
        self.browser.open(self.page(self.members["explanation.html"]))
        self.browser.value(f"document.getElementById('root').value = '{'00' * 32}'; document.getElementById('again').click()")
        kind, words = self.browser.told("verdict")
        self.assertEqual((kind, "receipts/0001.receipt" in words), ("verdict bad", True), words)
        self.assertEqual(run("verify", self.package, "--trust", "00" * 32)[0], 1)

    def test_the_whole_package_is_proven_by_the_page_and_the_command(self):
        self.browser.open(self.page(self.members["explanation.html"]))
        kind, words = self.browser.drop(self.package)
        self.assertEqual(kind, "verdict good", words)
        code, said = run("verify", self.package, "--trust", self.root)
        self.assertEqual(code, 0, said)
        self.assertIn(f"proven under trust root {self.root} as of checkpoint", said)
        self.assertNotIn("is not the page", said)

    def test_one_byte_changed_in_any_file_is_named_by_the_page_and_by_the_command(self):
        self.browser.open(self.page(self.members["explanation.html"]))
        for name in self.members:
            path = self.altered(name)
            kind, words = self.browser.drop(path)
            self.assertEqual((kind, name in words), ("verdict bad", True), f"{name}: {words}")
            if name == "files/记录.txt":
                self.browser.picture("dropped")
            code, said = run("verify", path, "--trust", self.root)
            self.assertEqual((code, name in said), (1, True), f"{name}: {said}")

    def test_loose_files_are_checked_and_an_altered_one_is_named(self):
        self.browser.open(self.page(self.members["explanation.html"]))
        for name, data in self.members.items():
            if name in ("manifest.json", "explanation.html"):
                continue
            loose = self.folder / name.split("/")[-1]
            before = loose.read_bytes() if loose.exists() else None
            loose.write_bytes(data)
            self.assertEqual(self.browser.drop(loose)[0], "verdict good", name)
            loose.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            kind, words = self.browser.drop(loose)
            self.assertEqual((kind, name in words), ("verdict bad", True), f"{name}: {words}")
            loose.unlink() if before is None else loose.write_bytes(before)

    def test_an_altered_page_does_not_say_proven(self):
        page = self.members["explanation.html"]
        marks = ["不能为自己作证", "data-self=\"", "const utf8", "data-name=\"receipts/0001.receipt\">", "id=\"verifier\">AGFz", "已证明：该记录",
                 "max-width", "findings.length", "网"]
        for mark in marks:
            at = page.find(mark.encode())
            if at < 0:
                continue
            at += len(mark.encode()) + (40 if mark.endswith(">") else 0)
            kind, words = self.browser.open(self.page(page[:at] + bytes([page[at] ^ 1]) + page[at + 1:]))
            self.assertEqual((kind != "verdict good", "explanation.html" in words), (True, True), f"{mark}: {kind} {words}")
        self.browser.picture("altered")

    def test_an_unpacked_package_is_proven_and_a_hostile_one_refused(self):
        unpacked = self.folder / "unpacked"
        with zipfile.ZipFile(self.package) as package:
            package.extractall(unpacked)
        self.assertEqual(run("verify", unpacked, "--trust", self.root)[0], 0)
        hostile = self.folder / "hostile.zip"
        for kind, names in {"deflated": ["manifest.json"], "leaving": ["../x"], "twice": ["a", "a"]}.items():
            method = zipfile.ZIP_DEFLATED if kind == "deflated" else zipfile.ZIP_STORED
            with zipfile.ZipFile(hostile, "w", method) as package:
                for name in names:
                    package.writestr(name, b"\0" * 1_000_000)
            code, said = run("verify", hostile, "--trust", self.root)
            self.assertEqual((code, "YL5017" in said), (1, True), f"{kind}: {said}")
        with zipfile.ZipFile(hostile, "w") as package:
            for number in range(1_025):
                package.writestr(str(number), b"")
        self.assertIn("YL5022", run("verify", hostile, "--trust", self.root)[1])


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed or not result.testsRun else 0)
