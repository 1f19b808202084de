// What relay-compiler reads: the documents of buyer.graphql and merchant.graphql as Relay names them, with its connections.
import { graphql } from "relay-runtime";

graphql`
  fragment operations_CartPage on Cart {
    id
    version
    goodsTotal
    lines {
      id name quantityText priceText total forSale
      variant { id }
      merchant { id name openNow }
      problems { ...operations_Why @relay(mask: false) }
    }
  }
`;

graphql`
  fragment operations_OrderPage on Order {
    id
    version
    orderCode status total deliveryFee placedAt
    contact { id label line }
    cancellation { reason }
    sellerOrders { id version status merchant { id name } lines { id name quantityText total } }
    delivery { id version status handoverPin partner { id name } rider { id name plate } }
  }
`;

graphql`
  fragment operations_Why on Problem {
    code message retryable field lineId variantId limit unit version total retryAfterMs
  }
`;

graphql`
  query operationsShelfQuery($near: PointInput!, $category: String, $search: String, $first: Int, $after: String) {
    categories { code name }
    productsNear(point: $near, category: $category, search: $search, first: $first, after: $after)
      @connection(key: "Shelf_productsNear", filters: ["point", "category", "search"]) {
      edges { cursor distanceM node { id name slug merchant { id name slug openNow } variants { id label priceText available } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

graphql`
  query operationsProductQuery($merchant: String!, $slug: String!) {
    productBySlug(merchant: $merchant, slug: $slug) {
      id name slug description
      category { code name }
      merchant { id name slug openNow }
      variants { id label priceText available unit { code basePerUnit min step } }
    }
  }
`;

graphql`
  query operationsCartQuery {
    me { id cart { ...operations_CartPage @relay(mask: false) } }
  }
`;

graphql`
  mutation operationsSetLinesMutation($lines: [CartLineInput!]!) {
    setCartLines(lines: $lines) { cart { ...operations_CartPage @relay(mask: false) } problems { ...operations_Why @relay(mask: false) } }
  }
`;

graphql`
  mutation operationsSaveContactMutation($input: SaveContactInput!, $key: String!) {
    saveContact(input: $input, idempotencyKey: $key) {
      contact { id label }
      buyer { id contacts { id label } }
      problems { ...operations_Why @relay(mask: false) }
    }
  }
`;

graphql`
  query operationsCheckoutQuery($contact: ID) {
    me {
      id
      contacts { id label }
      cart {
        id version goodsTotal
        checkout(contactId: $contact) {
          id
          contact { id label }
          deliveryQuotes { quotes { id slot token fee distanceM expiresAt } problems { ...operations_Why @relay(mask: false) } }
        }
      }
    }
  }
`;

graphql`
  mutation operationsPlaceMutation($input: PlaceOrderInput!, $key: String!) {
    placeOrder(input: $input, idempotencyKey: $key) { order { ...operations_OrderPage @relay(mask: false) } cart { ...operations_CartPage @relay(mask: false) } problems { ...operations_Why @relay(mask: false) } }
  }
`;

graphql`
  query operationsOrderQuery($id: ID!) {
    order(id: $id) { ...operations_OrderPage @relay(mask: false) }
  }
`;

graphql`
  subscription operationsOrderChangedSubscription($id: ID!) {
    orderChanged(id: $id) { ...operations_OrderPage @relay(mask: false) }
  }
`;

graphql`
  fragment operations_Row on SellerOrder {
    id
    version
    orderCode status goodsTotal acceptBy
    lines { id name quantityText total }
  }
`;

graphql`
  query operationsShopsQuery {
    myMerchants { id name slug openNow }
  }
`;

graphql`
  query operationsRefusedQuery($merchant: ID!, $first: Int, $after: String) {
    merchant(id: $merchant) {
      id
      orders(status: REJECTED, first: $first, after: $after) @connection(key: "Refused_orders") { edges { cursor node { ...operations_Row @relay(mask: false) } } pageInfo { hasNextPage endCursor } }
    }
  }
`;

graphql`
  subscription operationsMerchantOrdersSubscription($merchant: ID!) {
    merchantOrders(merchantId: $merchant) { reset complete endedSince orders { ...operations_Row @relay(mask: false) } }
  }
`;

graphql`
  mutation operationsAcceptMutation($id: ID!) {
    acceptSellerOrder(id: $id) { sellerOrder { ...operations_Row @relay(mask: false) } problems { code message retryable status } }
  }
`;

graphql`
  mutation operationsRejectMutation($id: ID!, $reason: String!) {
    rejectSellerOrder(id: $id, reason: $reason) { sellerOrder { ...operations_Row @relay(mask: false) } problems { code message retryable status } }
  }
`;

graphql`
  mutation operationsPackedMutation($id: ID!) {
    markSellerOrderReady(id: $id) { sellerOrder { ...operations_Row @relay(mask: false) } problems { code message retryable status } }
  }
`;

graphql`
  query operationsWhoFetchesQuery($id: ID!) {
    node(id: $id) { id ... on SellerOrder { status pickup { status partner { id name } rider { id name plate } } } }
  }
`;
