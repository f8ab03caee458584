/// What other languages write, and what IoT Hub's has for it.
enum Misspelling {
    /// Operators of two characters.
    static let operators = [
        "==": "=", "&&": "AND", "||": "OR", "=<": "<=", "=>": ">=", "!<": ">=", "!>": "<=", ":=": "=", "**": "*",
    ]

    /// Characters that stand for nothing.
    static let characters = [
        "!": "an operator; did you mean 'NOT' or '!='?",
        "&": "an operator; did you mean 'AND'?",
        "|": "an operator; did you mean 'OR'?",
        ";": "the end; a query has no ';' after it",
        "‘": "a straight quote, ' or \"",
        "’": "a straight quote, ' or \"",
        "“": "a straight quote, ' or \"",
        "”": "a straight quote, ' or \"",
        "`": "a straight quote, ' or \", around a text, or [[ ]] around a name",
        "\u{A0}": "a plain space; this one is a no-break space",
        "\\": "no backslash outside of a text",
    ]

    /// Words of SQL, and what to do without them.
    static let words = [
        "ORDER": "has no ORDER BY; sort the rows after reading them",
        "LIMIT": "has no LIMIT; write SELECT TOP n",
        "OFFSET": "has no OFFSET; read on page by page with the continuation token",
        "DISTINCT": "has no DISTINCT; select a field and GROUP BY it",
        "JOIN": "has no JOIN; choose modules by deviceId IN [...]",
        "INNER": "has no JOIN; choose modules by deviceId IN [...]",
        "LEFT": "has no JOIN; choose modules by deviceId IN [...]",
        "HAVING": "has no HAVING; choose among the groups after reading them",
        "UNION": "has no UNION; join conditions with OR",
        "LIKE": "has no LIKE; use STARTSWITH or ENDSWITH",
        "BETWEEN": "has no BETWEEN; use >= and <=",
        "IS": "has no IS; compare with = null, or use IS_DEFINED",
        "EXISTS": "has no EXISTS; use IS_DEFINED",
        "CASE": "has no CASE",
        "MOD": "has no MOD; use %",
        "XOR": "has no XOR",
    ]

    /// What to say about a word of SQL.
    static func advice(on word: String) -> String? {
        words[word.inCapitals].map { "IoT Hub's query language \($0)" }
    }
}
