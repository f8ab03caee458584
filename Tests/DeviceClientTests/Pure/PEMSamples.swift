/// Certificates and keys that the `openssl` program made, so that reading is not tested against our own writing.
enum PEMSamples {
    /// What the encrypted keys are encrypted with.
    static let passphrase = "correct horse"

    /// A self-signed certificate of `press-0001` (RFC 5280), good for a hundred years.
    static let ecCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIBrDCCAVOgAwIBAgIUZvRYQjhA5FH1nc1uz+XtP7d0hv0wCgYIKoZIzj0EAwIw
        KzEUMBIGA1UECgwLUHJlc3Mgd29ya3MxEzARBgNVBAMMCnByZXNzLTAwMDEwIBcN
        MjYxMTI1MTk1MjIzWhgPMjEyNjExMDExOTUyMjNaMCsxFDASBgNVBAoMC1ByZXNz
        IHdvcmtzMRMwEQYDVQQDDApwcmVzcy0wMDAxMFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAE1oxixZ5hmQerkzjfrpCNQDoKXtVr8LMMPCUdPvb8arRYor/fLz6GuSwy
        d0GJzw2L5DjhmRcRdAv1MGyI/Bepo6NTMFEwHQYDVR0OBBYEFG4sLeKNOJAnpDIg
        dCf9Ea9+Yxt8MB8GA1UdIwQYMBaAFG4sLeKNOJAnpDIgdCf9Ea9+Yxt8MA8GA1Ud
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgTkJAd8Y+4zrFAqRKETWb4EQ0
        vKQyMojKUQiq8YTJAG4CIFSRi5N8OYEJExNEqzeQl9LqbMtegso/4Y+ejC8hKHAI
        -----END CERTIFICATE-----
        """

    /// Its key (P-256) in PKCS#8.
    static let ecKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4QaCCbOGE7lSRDfN
        YfkwWsoQ2o8s74+czophzS+NNSahRANCAATWjGLFnmGZB6uTON+ukI1AOgpe1Wvw
        sww8JR0+9vxqtFiiv98vPoa5LDJ3QYnPDYvkOOGZFxF0C/UwbIj8F6mj
        -----END PRIVATE KEY-----
        """

    /// The same key in the form of RFC 5915.
    static let ecKeySEC1 = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIOEGggmzhhO5UkQ3zWH5MFrKENqPLO+PnM6KYc0vjTUmoAoGCCqGSM49
        AwEHoUQDQgAE1oxixZ5hmQerkzjfrpCNQDoKXtVr8LMMPCUdPvb8arRYor/fLz6G
        uSwyd0GJzw2L5DjhmRcRdAv1MGyI/Bepow==
        -----END EC PRIVATE KEY-----
        """

    /// The same with the curve before it, as `openssl ecparam -genkey` writes it.
    static let ecKeyWithParameters = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIOEGggmzhhO5UkQ3zWH5MFrKENqPLO+PnM6KYc0vjTUmoAoGCCqGSM49
        AwEHoUQDQgAE1oxixZ5hmQerkzjfrpCNQDoKXtVr8LMMPCUdPvb8arRYor/fLz6G
        uSwyd0GJzw2L5DjhmRcRdAv1MGyI/Bepow==
        -----END EC PRIVATE KEY-----
        """

    /// The same in PKCS#8, encrypted with the passphrase.
    static let ecKeyEncrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg91ueQoJWiNAICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEENjtk6hXMZSAQibFbTHVocEgZDo
        g6NV8hTWNPtTk4BMvZfkPHcaP0SnOtsbXnZqd5Ru8rJB36YwllEsIeAPRClXBlzk
        1sIpzpTS+eQUliDPpXv3gP3LPr3PlLQzfrFO9zcQdONwMNF3R9e5j9110McMRK9U
        qIFY99C3duGqWzXa6fs7STKRYO28KMw9qMb7GnwA5cacU8RK88yB22x8eNkA3yE=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// The same in the form of RFC 5915, encrypted with the passphrase in the way of RFC 1421.
    static let ecKeySEC1Encrypted = """
        -----BEGIN EC PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-128-CBC,730CEB5A9853277609D546008FC9F34D

        txR7liS4gDm3HyofUwpaga9cZ0IRCG10iwVkn4P+sr/zM7goG6sEftboKcdMVW6Z
        //n53l2WyhhtMzO+d9GGuYnxwERdhM2jdgSROTBff+H1R4b5bmulnxjDoGoRoziu
        eN3s1jzBJj3ZXEJKgzv8KEWD5nrtA6M90DJWtszqc/o=
        -----END EC PRIVATE KEY-----
        """

    /// A self-signed certificate of `press-0002`.
    static let rsaCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIDDTCCAfWgAwIBAgIUYHLz88MhjaSv9l84Sy45lgcXnSQwDQYJKoZIhvcNAQEL
        BQAwFTETMBEGA1UEAwwKcHJlc3MtMDAwMjAgFw0yNjExMjUxOTUyMjNaGA8yMTI2
        MTEwMTE5NTIyM1owFTETMBEGA1UEAwwKcHJlc3MtMDAwMjCCASIwDQYJKoZIhvcN
        AQEBBQADggEPADCCAQoCggEBAL/obtg6qpuaQruD76OKyXwUtzPnoVTc3w9Oqe37
        ORK5ZlayCW1+i+/NHpkZbtvBX/aucD+7EASQnGYDvyRt1YvnkzS3et3x8TtjhxSo
        o/XOYzFaXBg6bml8LGRbLdQk9mEzWr1GqUgOG+/SCPnGEZcUb1FqpLKNdODB1fUW
        NaGxzqHxYYnJygZU7xw05s+H2BbMtK4tQfpklMN+8d3JfNlMQDYzfV3lCSU8ymtq
        6gFgQXlHvLLJ0gu7t9nNWu4hJUF963gsq5H8sDA1czOyuDoj7NV9rB/dtTkViCve
        u6TCtGw/TQIsQt1w5ECQqu1hh5hGKThzD13SBuUtweohsWECAwEAAaNTMFEwHQYD
        VR0OBBYEFFtPQ+2LkEApLJhXBoxXX+PjahVHMB8GA1UdIwQYMBaAFFtPQ+2LkEAp
        LJhXBoxXX+PjahVHMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEB
        ADVByyVKtwOIun/WXM9QJyDygF17D0B4QsVKKVDrExmoB3rFlt29GPhGJodlt83z
        oyosX6lbSrS/UQdZln5WQk/R0O2r584E7c9q7iuUw3L/OwqS4fnob0AGvKmvqAvj
        g4R/moa4MXozDokmHl3IeStRdodD+lW90SIyTy7h5WswWpO/OApIhdB+GeXrRNwy
        uKkG/xEmLRIKrF/r1YvgRwlL5RjM13m3c5o1qRWRi+3ZFLyLea118H3KgPUtDbNC
        AenmGChV5Y+qIcj6ptSLO0zlO5HZjXxOGeBcIACPddHOlgYLX3VNFKZCTaedNFwP
        TWB6VuREznXehv+iiE/oMKc=
        -----END CERTIFICATE-----
        """

    /// Its key (2,048 bits) in the form of RFC 8017.
    static let rsaKey = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEogIBAAKCAQEAv+hu2Dqqm5pCu4Pvo4rJfBS3M+ehVNzfD06p7fs5ErlmVrIJ
        bX6L780emRlu28Ff9q5wP7sQBJCcZgO/JG3Vi+eTNLd63fHxO2OHFKij9c5jMVpc
        GDpuaXwsZFst1CT2YTNavUapSA4b79II+cYRlxRvUWqkso104MHV9RY1obHOofFh
        icnKBlTvHDTmz4fYFsy0ri1B+mSUw37x3cl82UxANjN9XeUJJTzKa2rqAWBBeUe8
        ssnSC7u32c1a7iElQX3reCyrkfywMDVzM7K4OiPs1X2sH921ORWIK967pMK0bD9N
        AixC3XDkQJCq7WGHmEYpOHMPXdIG5S3B6iGxYQIDAQABAoIBAA+MJ6rJ+fd4RG7H
        rhr8S/2K+hqw6d+js0icsWSv5TxQm+trKhteVLz9S7zQlCwmmv0zvbFUGOSdyKX1
        KL+tTE802Da9pK0lhEsw8YkpbnskGOIvNWXbGgXewwPwZSKaSgGu9Ot/tYg6aGYC
        CKsfsl4gkDIy5xv2HOF2orxj671pM9x912yrl1BkknRrys84os1hk+kal573G1yP
        /OAVpyU7lW5z4t3uYMex68oTnvAfbQcWWjzw+O2YFxbs2dSH3FX2j1HLR0TF1/r3
        QGhtUk83crlSqs1b0UJp1s9v26txCwuXL2YUghYgvm+hotosblxn26N9eDEx3ROh
        CpQDrBcCgYEA7HtkUJgSsaNCc+IVjmY35Af4iJFcashIzfEuNKl25GiNab4Oma+A
        YMuLzyKFZcCpumNKWFi4G5vIzY2ETQuzZVLWnmx0988uiTi9y0io6KBOGp9ETAJ4
        7904zDcap7dv+chUNy2Px8IfBTW3YWUlzD8KfQZpOeEPjlTdr+vcEp8CgYEAz789
        WJFU7ejyqp+IIWvGINlpbu4w+K240qBMkkoEqw6droVjVkxV0jjSowCaDwd84Pul
        Vbp3Qr24NDxUNCxboI1unCyk3vvQjP/xMGhQrSABpuCM7UOrwzO+AppB5BU2EMt9
        +WULj7ArS7neD7T2r4UAju+dzGQL6gPa/j8Pu/8CgYBwRHAuVtPhI1mj/Dwxm1OD
        XUlfRGs0gpsVsh82fxFjhENGZSU3TvtKeLeKAaCE2v947jRYVt4otT+SXlHl5d0o
        CDi9g03Qa7pzCM4J2RffQGNz/hKFZ1MUxNh3Et4Dq3Fsiu94NpggxIbHiWXixgs4
        uOD40/dWtAMXljCcmQOkjwKBgA4Qn4GgjURyMgO1O00v88EDlyzIeY5MjKfN7IE2
        +6vtGGXZaAlOr7zE1hXtE4ES+7RrtRzhu/NLzu3Sa80Ad8+d47A1IZBrMgppxZWG
        anfeI959c20Y2McleKbKdM2RVhC7BjNdUPQQdE3zLoKXuN/XPFtxA5jz6Q6V5jyy
        XklXAoGAdvBTyiMgEAPdjCvfEguMGp/qqvxI/OSP5tNqpgAe1JW0h4e17GKNQick
        YaaGfIko46TUP7d5TwHzV31SvwUEESyCWZAIrm/K+t4pgmNX6WIPPG4cS/WeWkcV
        runGePDCVV8Uo54EKKVc99F3es0zXkofaCuGSJf+LI90/oKbD/4=
        -----END RSA PRIVATE KEY-----
        """

    /// The same, encrypted with the passphrase in the way of RFC 1421.
    static let rsaKeyEncrypted = """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-256-CBC,64C4B3D3F673236547407B29B71716E9

        peTU66BazY2v1gUSN6hU1HbOU6fFV9wiV4UHDDokU6GgNxqWbmnG7zT2ExcSMUox
        YoPhoIkUHzU8mwxdrWu7T22wCEuc+ZgQ0k533ev5AmRPfy5/ZOPv896Vk9U44c7W
        OlgHBkx5oA0T6vuJy3WkhkGNBTXY4C7p3RgcyaKs6fgDwML9AHn2X+8f/n3KDYiV
        ejSfSmYhmZgNt1091qzPu62pV2LzZq7cBDDQbJHoUf07ELROvW0GihA6jg17NKUd
        GUJox7IKVGImlDn3IIU3YrAjrI16k7UgQDdBP/hP2yq9ByyOCB3k9pJurJt05mOg
        kewkcd+SyIdUZ9fnejS3177Gigt6PseKo+Vv/HBnK6gYNgDrOLs501iO2hvLC8eq
        wJ8OCKcD4fJZljv80S168bLCywSCrbsubfkFdvE6bQO2TBQfuhBad8Zm8lZ16RUH
        +vmJlvqjJoMfHusS9rnyD8CNhlro1yIFHF/JfHD/m69yhDdg4iSCk3vig2w1KSdT
        /UFAli+J5io9WFEmicAka4c2xlpF9bC8EiQQozGohVwDJwNFMCCLvmuoo5tY7VtS
        PXZqd5b0YllBSG7pELNHovQO0y7r4TVHBnMHfjJlhPz69PFPkwR7rfRAanCvuzN7
        q4Mg3X4QSY2obxDFOiZJMDLIpSgcDd4xAc7SqWOK034JMS3wIJW2FpejBIFhF9aW
        Wnc6PfmNMUVLLVoV2OSrsKWZH48RtK57UuCAd9HARs/FI9i0gqgn/OPK52fgu+AS
        P563Qxyjq6X5wfICc6bNF5WbGf9IkdsVNMyDCcV7uuyMizrbJEcYWSYsYuo+5f28
        b5nwZKHe5ZfcLdcRNLPJEvPFKw641dr8NzrikIEdWw6trOGecT0n5PKHA+ZNkZ3i
        QuoBi7y4c2+mlSh40mlVEZE+W7TQXfnoqfrjW+XLK/HtbdH4lsWOJaGBzraUIioY
        bUi+OfJWsTMrF/wJkbJqDq8Io/8BvrWEr5ymEbU3vBh7iVBeZq1wO0YW3H21/v0c
        cQd6vJlfmlyDQBPwEEbkiymGRr66djK9wOPFd5xygFY0krRH3esL2FIIFuEW34kZ
        ZNvaux2ZKIrGMPPZ8s97W8IyehgaKBw3MxbD64vffOl+eS+GFHRRDQZZch5NX8c3
        cDolALHe8AxT9umcMEQhSsKtzWdVwejFcn8A7IgJY3CU44zTRYFztAEtMqi0fNIe
        qmUd1t4AKZPTTSleUeC+X0MxWe6rVF3cSZaRRMNBnarSHhqf7FYX/edau2nqBO1o
        CyXqP/YSQfPee9gDD7nEFofhdy949sy+Np9Ajk7b7EXjM8lf0wFlunYRFQdEF6sb
        lXFth3L+h/WQYnKMoAmtyiZjqq5o9GBK0H4PNUXwY1gk/vbpLWm0staChbkuF1jp
        FhirWKF6TdSra8MkKEneOdhaTtNWlTn24xsFOIyiTGPlFEnSYcaggKTHjhH5fGFw
        4vc78Kgvi+twbkPfgCgq+5qhlZSWPaTAfKzuQvfwKk41iEP19n7mQbdIvPUOapnJ
        dWv8KRTdhEXPDohqdNcGgN77lqQcT4yP/a3DM206i/qIXhsE/DieDfowEFZpBm92
        -----END RSA PRIVATE KEY-----
        """

    /// The same in PKCS#8, encrypted with the passphrase.
    static let rsaKeyPKCS8Encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQI40F2XJseKjICAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBr0JGkKHoDCsaBSK92amgwBIIE
        0NsNskEEbJAqYiIqXLkv0J1BfKiEJcVHOtHXG7efmR5iegE9foEa9KBJWpMcEFhY
        kN6yXWBOmgV/2mqJMDaejo09TyORvW3rf8FYUZlKpZDJcYCFatuwmRiRbvmkLpqb
        6/2cI0QTrZ8URakQDxxoqro1NjSGRIcfbdeKJ0lB3Usntg1XjoluOUwc6jOk8FGn
        w/EoUkp9AF3zr47HMMnUEQNebC+OX+LFfkGJ/uMxXGbg1JsvNER8E2kWz33Pepgf
        hUU1olnOCCRIrevDLJcRws5PFaU9GYUgMCQ/8okEIWWAwbkfMuKu5hgJd8i+tm3k
        R2R8r51QzUNH+/Bpij0lWe9/wXpxknOdcQ6Fdw0y3P9cy889UMCK0/Zt/MwUCts6
        Qqpwd8aXFK5TVkq7D3PGSDz0QMpD7xd1AZIwNI0Zvm3j0JAnABrSnhEJdkSssdGe
        wEwT+h9Vplg/dzlv51kI5P/sMGP73P9YszrKUbGcjLTNVd9tCZzbPMbU7wccQ5Ws
        SF/5BQp1z9iONZPptMYOFtgTA4zYScF9o3XRBotT0/nefxPTcXWGRNsm5n36Q9GQ
        mxfsuHO7LSgGdhPd0hiy7RiFWho8GMREalirQoAASNot3T4fZR7noVogFKmftwsO
        iDJEYJIFzPjpOI3wXAKGJBC7dsBt65w3dnOZBg5/L7LlAD9kfTudv4Ys3Jb235k0
        bab8P0oA/O/FylIbC+H2cUScRoCP4sXD7xdjxMQD4vhdVBUh7l3v+FPCV4jNuSX6
        jImBD42WawtAtL75KbVyr6jxSTtZaZAbzCmR8747glW5Uwdw5cZu45UaNonmN9J4
        Rh57mcxSfw9LYQMODDZF+owo5SRDY8XBnmPpZBSSE0ORKyt8uKlT/I++F1LRXgqj
        jUyJoPdUWI8cQDOkhaDOPbob/ui3rfo+o7G1YQ4KTM3S6z+gc1QTjiPS4lUUZXof
        ar+vmSF8x4QDu3nmfp0EaG1hUK0nsnMoxMI6KHP/uk3IIYQIMfT9/G3ugug8HDRD
        rENqljGgXl3/LDFD1Z7JhKkaz6shyui3oiRyJJEvW6VD1A2thK4X17ej2sqHy2DE
        kOs5M9Qqq6DR/MJwS342S2mukNN+Kqy3uPYf1+vwJhhWWjzKc89tyIiOgWOo9twO
        qgeAafKR/7bqLepNmPI6QicIAg1IvfT3lhH6ox4tXlu5Rvs8xWYecu30vas0rNSq
        6fIeB027tI9BdHWO9XvZqLSW+2OqRDdWhclzpJjiS5hJFH7SH9qjSXhKy6B1rS0S
        ICHEhd2EDG8i7KU2npRq+GlVdIMJyVRejN7O0wtTyC6PleS/CLkZ41MeVhbSPYlI
        f03X+H8V7nqCP2BodkQkMtsNLem9Qcvue5ePsNddKf5Ajr2J0zvTxHI/gxZWLgUs
        KJHrswI7CBdAzYA4yivIDGfX93VNzZbj0l2ljHpVUXY14yqrfZboN0WVQIrv3W5z
        nPbupowmh7NJSKaYFhGtWMPgo667mfMeCNZABrMPtZ2S3wPRduEzSJbIooJt0Xir
        uXXM6IxJM4DiYRZcarIcUMQPkzeyeiyjeyi45fW2gvm8FXOiIRO3cd5DjOsc5QrL
        RzXynmc9wj19MXqsC4j2+jVXSEk32bmvAyZ/CN3nsZoN
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// A certificate for a kind of key that hubs do not take (Ed25519).
    static let edCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIBQDCB86ADAgECAhRFMHgwRTJzeUFu9P3gk1Ig9M9UsjAFBgMrZXAwFTETMBEG
        A1UEAwwKcHJlc3MtMDAwMzAgFw0yNjExMjUxOTUyMjNaGA8yMTI2MTEwMTE5NTIy
        M1owFTETMBEGA1UEAwwKcHJlc3MtMDAwMzAqMAUGAytlcAMhAM4Gs6HOQZW9VqTP
        Io+Uh0ia6x4Y0SGm4PTTaoCeUWZzo1MwUTAdBgNVHQ4EFgQU1MUZov5HfmizVuS1
        yYBzGAPhT90wHwYDVR0jBBgwFoAU1MUZov5HfmizVuS1yYBzGAPhT90wDwYDVR0T
        AQH/BAUwAwEB/zAFBgMrZXADQQCmf6/oxcIDbRY1bf6fHbd1y/PyVnVH9yLm9avM
        ELFb/tQI+V7vjuLEF8Bir+F6amTycOK9XNVJ78w0PajAD2IP
        -----END CERTIFICATE-----
        """

    /// Its key.
    static let edKey = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIDpwXCvDoUwdtxACNwN4cvwTJW6wnan5wKEBd9a8t+UT
        -----END PRIVATE KEY-----
        """

    /// A certificate for an RSA key that is too short.
    static let weakCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIB/DCCAWWgAwIBAgIUJBxm8XV+1Tzyqbl9HXcdq1eQ1+MwDQYJKoZIhvcNAQEL
        BQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjUxOTUyMjNaGA8yMTI2MTEwMTE5
        NTIyM1owDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC
        gYEA33fJO3y9SXoOwYTHTZeeHLxWp1ruoOEy+7LkjQNy6r+p1eN2kd6qjfvQP1SB
        uRAmxjBLjDzqyZ0RDoM+ysoT9xd09se4+lAN+Zd0q5dzPqkG0+98OqZRrCehUeWq
        LhBQY2UpAgKahErag+falzrY1InDAMJycxQFevnhWTwtFe8CAwEAAaNTMFEwHQYD
        VR0OBBYEFFtvgERfgTLZ3eyfhjrEuatUyrtWMB8GA1UdIwQYMBaAFFtvgERfgTLZ
        3eyfhjrEuatUyrtWMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEA
        t/nnxxSZTSbOVGWEduFU1rK3AW0q+RHHQbU54L1kKAopoXG2PHEuMvHqllPMxxWD
        0gZnSsie1OFo0GG70sv4/b8e8d8BqJU9aolKz+Kgduyishv9Ol2jBVq7s+miQlWA
        6wkn2X8+fMTpoquzVb8ThZ0hhSemoCul9Wb0I0VVIAQ=
        -----END CERTIFICATE-----
        """

    /// Its key (1,024 bits).
    static let weakKey = """
        -----BEGIN PRIVATE KEY-----
        MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAN93yTt8vUl6DsGE
        x02Xnhy8Vqda7qDhMvuy5I0Dcuq/qdXjdpHeqo370D9UgbkQJsYwS4w86smdEQ6D
        PsrKE/cXdPbHuPpQDfmXdKuXcz6pBtPvfDqmUawnoVHlqi4QUGNlKQICmoRK2oPn
        2pc62NSJwwDCcnMUBXr54Vk8LRXvAgMBAAECgYEApuqabMyntpJtIy9CjzqI533m
        W+sYAyMzKb5d6NaCp8Wx3gmhLyPa0WMeEa/VlZ3y2GaKh52Y4i9n5icyZ9a5QZnr
        IQvWEUxhLbgFUJeZfDOsDqz10FtOUBh17M32B1Hd5xGyMMj0iSLAv1zwfvq4Rvyq
        ln71qey/AYJshf5NiUECQQDzy4zvOvCjdA1sL8SUn8+5WuBeR0I8ja1hqsXd1xoQ
        EoZlpXWnnu8TWWE+Kl2xfXxsDRLWkdegUhHbn9DdLtT9AkEA6qe5d3opdRzRuMmb
        F9voBu6AbT7bn53dL0bjXZ4AVpDSKhjknWRU4BjomvZoFY5gVQLEaT2l21NyJcFM
        5/LgWwJAfEiupl7DwnAtT5PigWofOX0MmMN3DuujEgE/MeKwlLT88uCw5Czv8EtG
        eaybaxpvzZ20ltJuvHpaRD5q+fcf+QJBAIfNGaDzqhqE2zq+MmvUcKvSS7Dtt9zg
        V6mMtPjw//EZTwfd8DDGZ/hpcfR8tjADfey09UaSzvHnkSAYhpGWFhECQDCVDWo0
        72H7xJK5K1kLM5aTJtf8nUo7QeXqS9BMH27U2naJmJByOlvcinUB8XK6OBXEfXGR
        wFfJj30lU3wHORM=
        -----END PRIVATE KEY-----
        """
}
