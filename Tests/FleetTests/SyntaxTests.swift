import Foundation
import TestKit
import Testing

@testable import Fleet

@Suite("Files that are no fleet file")
struct SyntaxTests {
    static let faults: [(String, String, String)] = [
        ("", "1:1", "an empty file"),
        ("# only a comment\n", "1:1", "an empty file"),
        ("---\n...\n", "2:1", "found nothing; expected a fleet as a mapping"),
        ("just text", "1:1", "found 'just text'; expected a fleet as a mapping"),
        ("- a\n- b\n", "1:1", "found a list; expected a fleet"),
        ("fleet: a\n\tseed: 1\n", "2:1", "a tab"),
        ("fleet: a\n---\nfleet: b\n", "2:1", "a second document"),
        ("fleet: [a\nseed: 1\n", "2:5", "valid YAML"),
        ("fleet: @a\n", "1:8", "a value that begins with '@'"),
        ("fleet: a: b\n", "1:9", "a ':' where no key can stand"),
        ("fleet: \"a\n", "2:1", "valid YAML"),
        ("fleet: &x a\n", "1:8", "an anchor"),
        ("fleet: *x\n", "1:8", "an alias"),
        ("fleet: !!str a\n", "1:8", "the tag"),
        ("devices: !x [a]\n", "1:10", "the tag"),
        ("a: &a [x]\nb: &b [*a, *a]\n", "1:4", "an anchor"),
        ("? [a]\n: b\n", "1:3", "a list as a key"),
        ("fleet: a\u{0}b\n", "1:9", "the character U+0000"),
        ("fleet: \u{F8F0}\n", "1:8", "the character U+F8F0"),
        (String(repeating: "[", count: 100), "1:42", "nested deeper than 40 levels"),
        (String(repeating: "{a: ", count: 100), "1:162", "nested deeper than 40 levels"),
    ]

    @Test("YAML that cannot be read is told at its place", arguments: faults)
    func syntax(_ text: String, _ place: String, _ words: String) {
        let mistakes = Sample.mistakes(text)
        #expect(
            mistakes.contains {
                $0.hasPrefix("f.yaml:\(place): found ") && $0.contains(words) && $0.contains("; expected ")
            },
            "\(mistakes)"
        )
    }

    @Test("lists that need an item are told")
    func emptyLists() {
        let mistakes = Sample.mistakes("fleet: a\nduration: 1s\ndevices: []\nworkload: {}\n")
        #expect(mistakes.count == 2)
        #expect(
            mistakes.first?.hasPrefix("f.yaml:3:10: found an empty list; expected a list with at least one item")
                == true
        )
        #expect(mistakes.last?.hasPrefix("f.yaml:4:11: found an empty mapping; expected a list") == true)
    }

    @Test("bytes that are not UTF-8 are told at their place")
    func encoding() {
        #expect(
            Sample.mistakes(Array("fleet: a\nhub: ".utf8) + [0xFF, 0xC3]).first?.hasPrefix("f.yaml:2:6: found bytes")
                == true
        )
        #expect(Sample.mistakes([0xFF, 0xFE, 0x66, 0x00]).first?.contains("UTF-16") == true)
        #expect(Sample.mistakes(Array("\u{FEFF}".utf8) + Array(Sample.good.utf8)) == [])
        #expect(Sample.mistakes(Sample.good.replacing("\n", with: "\r\n")) == [])
    }

    @Test("a huge file is refused before it is parsed")
    func huge() {
        let mistakes = Sample.mistakes([UInt8](repeating: 0x20, count: SourceText.maximumSize + 1))
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains("4,194,304 bytes") == true)
    }

    @Test("a file that cannot be opened is told in the system's words")
    func unreadable() throws {
        let folder = try TemporaryDirectory()
        func message(_ path: String) -> String {
            do throws(FleetFileError) {
                _ = try Fleet.load(file: path, environment: [:])
                return ""
            } catch {
                return error.description
            }
        }
        let missing = folder.url.path + "/flets.yaml"
        #expect(
            message(missing).hasPrefix(
                "\(missing): found no readable file: No such file or directory; expected a fleet file"
            )
        )
        #expect(message(folder.url.path).contains("Is a directory"))
        #expect(message("a\u{0}b").contains("No such file"))
        let file = try folder.write(Sample.good, to: "good.yaml")
        #expect(try Fleet.load(file: file, environment: [:]).devices.count == 11)
        #expect(message(folder.url.path + "/godo.yaml").hasSuffix("did you mean '\(file)'?"))
    }
}
