"""All accounts, for the operator: their credits, and links that let their owners in."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from filmgate.domain.accounts import Account, AccountId, written_millicredits
from filmgate.domain.errors import FileUnknown, InvalidRequest, Objection
from filmgate.http.console.ledger import ledger_page
from filmgate.http.console.listing import listing
from filmgate.http.console.pages import Pages
from filmgate.http.console.routes import back_to_form, page_router, see
from filmgate.http.console.visitors import Door, Visitor
from filmgate.http.origins import Origins
from filmgate.ports import AccountSearch, Clock, CreditStore, PeopleStore

_PAGE = 50
_LONGEST_SEARCH = 300
_LONGEST_NOTE = 200
_USUAL_NOTE = "granted by the operator"


@dataclass(frozen=True, kw_only=True)
class AccountsPages:
    """The list of accounts and the operator's page of each."""

    door: Door
    pages: Pages
    people: PeopleStore
    credits: CreditStore
    origins: Origins
    clock: Clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = page_router(self.door, self.pages)
        router.add_api_route("/operator/accounts", self.accounts, methods=["GET"])
        router.add_api_route("/operator/accounts/{account_id}", self.account, methods=["GET"])
        router.add_api_route("/operator/accounts/{account_id}/grant", self.grant, methods=["POST"])
        router.add_api_route("/operator/accounts/{account_id}/link", self.link, methods=["POST"])
        return router

    async def accounts(self, request: Request) -> Response:
        """Show the accounts that are looked for, newest first."""
        visitor, _ = await self.door.operator(request)
        wanted = request.query_params.get("q", "").strip().replace("\0", "")[:_LONGEST_SEARCH]

        async def find(*, limit: int, older_than: UUID | None, newer_than: UUID | None) -> list[Account]:
            search = AccountSearch(
                limit=limit,
                text=wanted,
                older_than=AccountId(older_than) if older_than else None,
                newer_than=AccountId(newer_than) if newer_than else None,
            )
            return await self.people.found_accounts(search)

        return self.pages.page(
            request,
            visitor,
            "operator_accounts.html",
            page=await listing(request, find, most=_PAGE, key=lambda account: account.account_id),
            n_found=await self.people.n_accounts(wanted),
            wanted=wanted,
        )

    async def account(self, request: Request, account_id: str) -> Response:
        """Show one account."""
        visitor, _ = await self.door.operator(request)
        return await self._page(request, visitor, await self._the_one(account_id))

    async def grant(self, request: Request, account_id: str) -> Response:
        """Give an account credits, or take some back."""
        visitor, _ = await self.door.operator(request)
        fields = await self.door.form(request, visitor)
        account = await self._the_one(account_id)
        amount, note = fields.get("credits", ""), fields.get("note", "").strip()
        try:
            await self.credits.grant(
                account.account_id,
                millicredits=_granted(amount, note=note),
                note=note or _USUAL_NOTE,
                now=self.clock.now(),
            )
        except InvalidRequest as error:
            place = f"/operator/accounts/{account_id}"
            return back_to_form(self.door, request, visitor, error, place=place, credits=amount, note=note)
        return see(f"/operator/accounts/{account_id}?done=grant")

    async def link(self, request: Request, account_id: str) -> Response:
        """Make a link on which the account's owner chooses a new password, and show it this once."""
        visitor, _ = await self.door.operator(request)
        await self.door.form(request, visitor)
        account = await self._the_one(account_id)
        secret = await self.people.make_link(account.account_id, now=self.clock.now())
        return await self._page(request, visitor, account, link=f"{self.origins.of(request)}/enter/{secret}")

    async def _the_one(self, account_id: str) -> Account:
        account = await self.people.account_named(account_id)
        if account is None or str(account.account_id) != account_id:
            raise FileUnknown("There is no such account.")
        return account

    async def _page(
        self, request: Request, visitor: Visitor, account: Account, *, link: str | None = None
    ) -> Response:
        refusal = self.door.refusal(request, visitor)
        page = self.pages.page(
            request,
            visitor,
            "operator_account.html",
            at=f"/operator/accounts/{account.account_id}" if link else None,
            owner=account,
            totals=await self.credits.totals(account.account_id),
            ledger=await ledger_page(
                request,
                credits_=self.credits,
                account_id=account.account_id,
                place=f"/operator/accounts/{account.account_id}",
            ),
            link=link,
            notice=request.query_params.get("done", ""),
            refusal=refusal,
        )
        return self.door.shown(request, page, refusal)


def _granted(amount: str, *, note: str) -> int:
    millicredits = written_millicredits(amount)
    objections = []
    if millicredits is None:
        message = "Please enter a number other than 0 with at most three decimals, such as 2.5 or -1."
        objections.append(Objection("credits", amount, message))
    if len(note) > _LONGEST_NOTE or not note.isprintable():
        message = f"Please write one line of at most {_LONGEST_NOTE} characters."
        objections.append(Objection("note", note, message))
    if millicredits is None or objections:
        raise InvalidRequest(objections)
    return millicredits
