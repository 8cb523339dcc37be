"""Cities Against COVID-19: member cities publish disinfection policies and know-how, visitors search them in any language.

The map of the house; imports go down only, and import-linter holds that in the tests::

    cli/                        the command `cac`
    doctor, worker, running     examine an instance; its background process; server and worker run together
    wsgi, app                   the server's entry; the application, built and wired
    demo/                       content written for the demonstration, and its loader
    web/  api/                  pages (HTML) and /api/v1 (JSON): compose features, decide nothing
    serving/                    what both share: session per request, login, access, errors, counting, headers, locale
    exchange/                   import of practices from files
    search/                     analysis, index (Whoosh), executor (numpy), queries, keeping up with the database
    stats/                      views: spool, robots, roller, totals
    practices/                  content, workflow, permissions, service, queries
    accounts/                   people, passwords, sessions, invitations
    cities/                     member cities and their names
    mail, text, markdown, languages, db, settings, migrate      foundations without knowledge of the domain
    errors, clock

Inside a feature: service → queries → permissions → models → workflow. Nothing below serving knows Flask.
"""
