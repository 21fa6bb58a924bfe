export async function show(place) {
  const invoices = await (await fetch("/api/v1/billing/invoices")).json();
  place.append(`${invoices.length} invoices`);
}
