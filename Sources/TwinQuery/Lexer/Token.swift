import IoTHub

/// A word of the query language and its place.
struct Token: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// A field, a function or a collection, as written.
        case name(String)
        /// `[[name]]`, without the brackets: never a keyword, whatever it says.
        case escapedName(String)
        case keyword(Keyword)
        case symbol(Symbol)
        case text(String)
        case number(JSON)
        /// The text ends here.
        case end
        /// The text makes no sense from here on. Thrown only when the parser comes here, so that the first fault in
        /// the text is the one that is told.
        case fault(QueryError)
    }

    var kind: Kind
    /// Offsets of the characters.
    var range: Range<Int>
}

/// A reserved word; case does not count.
enum Keyword: String, Sendable, CaseIterable {
    case select = "SELECT"
    case top = "TOP"
    case from = "FROM"
    case `where` = "WHERE"
    case group = "GROUP"
    case by = "BY"
    case `as` = "AS"
    case and = "AND"
    case or = "OR"
    case not = "NOT"
    case `in` = "IN"
    case notIn = "NIN"
    case `true` = "TRUE"
    case `false` = "FALSE"
    case null = "NULL"
    case undefined = "UNDEFINED"
}

/// An operator or a mark.
enum Symbol: String, Sendable, CaseIterable {
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case percent = "%"
    case equal = "="
    case notEqual = "!="
    case lessOrGreater = "<>"
    case less = "<"
    case greater = ">"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case comma = ","
    case dot = "."
}
