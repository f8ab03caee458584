import Foundation
import FoundationXML

/// What a reader of one of our pages finds in it.
///
/// They are XML as well, apart from their first line.
public struct HTMLFile {
    /// The names of all elements.
    public fileprivate(set) var elements: Set<String> = []
    /// The attributes of all elements.
    public fileprivate(set) var attributes: [(name: String, value: String)] = []
    /// Headings, and the rows of cells of the tables below each.
    public fileprivate(set) var sections: [(heading: String, rows: [[String]])] = []
    /// All words that can be seen.
    public fileprivate(set) var text = ""
    /// The lines of charts: how many points each has.
    public fileprivate(set) var lines: [Int] = []

    /// Reads a page.
    /// - Parameter page: its text.
    /// - Throws: the parser's error when it is not well-formed.
    public init(_ page: String) throws {
        let parser = XMLParser(data: Data(page.replacing("<!DOCTYPE html>\n", with: "").utf8))
        let reader = HTMLReader()
        parser.delegate = reader
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
        self = reader.file
    }

    fileprivate init() {}

    /// The rows of the tables below a heading.
    /// - Parameter heading: the heading's words.
    /// - Returns: the cells of each row.
    public func rows(_ heading: String) -> [[String]] { sections.first { $0.heading == heading }?.rows ?? [] }

    /// The rows of which the first cell with words has these.
    /// - Parameters:
    ///   - heading: the words of the heading above the table.
    ///   - first: the words of the cell.
    /// - Returns: the cells of each row.
    public func rows(_ heading: String, first: String) -> [[String]] {
        rows(heading).filter { $0.first { !$0.isEmpty } == first }
    }
}

private final class HTMLReader: NSObject, XMLParserDelegate {
    var file = HTMLFile()
    private var path: [String] = []
    private var cell: String?

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        file.elements.insert(name)
        file.attributes += attributes.map { (name: $0.key, value: $0.value) }
        switch name {
        case "h2": file.sections.append((heading: "", rows: []))
        case "tr": if !file.sections.isEmpty { file.sections[file.sections.count - 1].rows.append([]) }
        case "td", "th": cell = ""
        case "path" where attributes["class"]?.hasPrefix("line") == true && !path.contains("ul"):
            file.lines.append((attributes["d"] ?? "").count { "MLh".contains($0) })
        default: break
        }
        path.append(name)
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) {
        guard !path.contains("head") else { return }
        file.text += characters
        if path.contains("h2") { file.sections[file.sections.count - 1].heading += characters }
        cell?.append(characters)
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        path.removeLast()
        file.text += " "
        guard name == "td" || name == "th", let cell, let row = file.sections.last?.rows.indices.last else { return }
        file.sections[file.sections.count - 1].rows[row].append(cell.trimmingCharacters(in: .whitespacesAndNewlines))
        self.cell = nil
    }
}
