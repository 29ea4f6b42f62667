"""Balance sheet of an incorporated venture: every line built up from its own flows, and both sides equal (terms.md K6, C15)."""

from __future__ import annotations

from jvmodel.account import VENTURE
from jvmodel.graph import Block, Expr, Ref, Row, add_up, lag
from jvmodel.ledger import Account, Ledger, Measure
from jvmodel.term import Term


class BalanceSheet(Block):
    """Balance sheet."""

    cash = Row("Cash", total="last")
    working_capital = Row("Receivables and stocks, less payables", total="last")
    fixed_assets = Row("Fixed assets, written down", total="last")
    closure_fund = Row("Closure fund", total="last")
    assets = Row("Assets", total="last")
    debt = Row("Debt", total="last")
    partner_loans = Row("Shareholder loans and subordinated payments owed", total="last")
    tax_payable = Row("Income tax payable", total="last")
    provision = Row("Provision for closure", total="last")
    deferred = Row("Grants and deposits not taken to income", total="last")
    share_capital = Row("Share capital", total="last")
    retained = Row("Retained earnings", total="last")
    claims = Row("Liabilities and equity", total="last")


class _Lines:
    """Rows of one side, each a balance that its flows build up."""

    def __init__(self, ledger: Ledger, sheet: BalanceSheet) -> None:
        self.ledger = ledger
        self.sheet = sheet
        self.rows: list[Ref] = []

    def flows(self, attribute: str, flow: Expr) -> None:
        """A balance that grows by a flow."""
        row = self.sheet.ref(attribute)
        setattr(self.sheet, attribute, lag(row) + flow)
        self.rows.append(row)

    def holds(self, attribute: str, balance: Expr) -> None:
        """A balance that another term keeps."""
        setattr(self.sheet, attribute, balance + 0)
        self.rows.append(self.sheet.ref(attribute))

    def net(self, account: Account, **tags: str) -> Expr:
        """What the venture pays on an account less what it receives."""
        paid = self.ledger.total(account, payer=VENTURE, **tags)
        return paid - self.ledger.total(account, payee=VENTURE, **tags)


def write_balance_sheet(ledger: Ledger, term: Term, cash: Ref, retained: Ref, partner_loans: list[Ref], returned: Ref) -> None:
    """Assets, liabilities and equity, and the check that they are equal; in nominal money."""
    sheet = BalanceSheet(ledger.graph, f"{term.name}.balance_sheet", f"{term.heading}: balance sheet")
    assets = _Lines(ledger, sheet)
    assets.holds("cash", cash)
    assets.flows(
        "working_capital", assets.net(Account.WORKING_CAPITAL) + (assets.net(Account.VAT) if ledger.has(Account.VAT) else 0)
    )
    assets.flows("fixed_assets", _invested(ledger, assets) - ledger.read(Measure.DEPRECIATION, by=term.name))
    if ledger.has(Measure.CLOSURE_FUND):
        assets.flows("closure_fund", ledger.read(Measure.CLOSURE_FUND, by=term.name) + 0)
    sheet.assets = add_up(assets.rows)
    claims = _Lines(ledger, sheet)
    if ledger.has(Account.DEBT_DRAWN):
        claims.flows("debt", 0 - claims.net(Account.DEBT_DRAWN) - claims.net(Account.DEBT_REPAID))
    if partner_loans:
        claims.holds("partner_loans", add_up(partner_loans))
    claims.flows("tax_payable", ledger.optional(Measure.TAX_CHARGE) - claims.net(Account.TAX))
    claims.flows("provision", ledger.optional(Measure.PROVISION) - _closure(ledger, claims))
    deferred = [one for one in (Account.GRANTS, Account.STREAM_DEPOSIT) if ledger.has(one)]
    if deferred:
        kept = [0 - claims.net(one) for one in deferred]
        if ledger.has(Account.GRANTS):
            kept.append(0 - _granted_assets(ledger))
        if ledger.has(Measure.DEPOSIT_EARNED):
            kept.append(0 - ledger.read(Measure.DEPOSIT_EARNED, by="balance sheet"))
        claims.flows("deferred", add_up(kept))
    paid_in = [0 - claims.net(one) for one in (Account.CALLS, Account.SUBSCRIPTION) if one is Account.CALLS or ledger.has(one)]
    claims.flows("share_capital", add_up(paid_in) - returned)
    claims.holds("retained", retained)
    sheet.claims = add_up(claims.rows)
    ledger.check("balance_sheet", "The balance sheet balances", sheet.assets - sheet.claims)


def _invested(ledger: Ledger, lines: _Lines) -> Expr:
    """Spending that becomes fixed assets: capital cost, and interest and fees of construction, less grants for them."""
    spent = [lines.net(Account.CAPEX), lines.net(Account.SUSTAINING)]
    spent += [ledger.total(one, capitalised="yes") for one in (Account.INTEREST, Account.FINANCE_FEES) if ledger.has(one)]
    invested = add_up(spent)
    return invested - _granted_assets(ledger) if ledger.has(Account.GRANTS) else invested


def _granted_assets(ledger: Ledger) -> Expr:
    """Grants that reduce what is depreciated."""
    return ledger.total(Account.GRANTS, capitalised="yes")


def _closure(ledger: Ledger, lines: _Lines) -> Expr:
    """Closure that is paid for, by the venture or out of its fund."""
    paid = lines.net(Account.CLOSURE)
    if not ledger.has(Measure.CLOSURE_FUND):
        return paid
    return paid - ledger.read(Measure.CLOSURE_FUND, by="balance sheet") + ledger.read(Measure.FUND_INCOME, by="balance sheet")
