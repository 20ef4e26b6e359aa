/** English sentences and what they mean. Each pattern is a whole sentence: what is more than it says may be a wish, and is read as one. */
import { echo, rule, type Language } from './language.ts'

const IT =
  '(?: it| that| this| them| this one| that one| the command| that command| this command| its command| the plan| the change| that change| the changes| the request| the thing)?(?: once)?'
const OF = '(?:,? (?:of |for |on |in |from |with |to )?TASK)?'
/** What a task asks or did, without a name: "the thing that T4 wants", "what T4 is asking for". */
const ASKED =
  '(?:(?:the|that|this) )?(?:thing|stuff|command|request|plan|change|changes|step|review|work|one)(?: (?:that )?TASK (?:is asking(?: for)?|asks(?: for)?|wants(?: to do| to run)?|needs|made|did)| (?:of|for|from|in|by) TASK)|(?:what|whatever) TASK (?:wants|is asking(?: for)?|asks(?: for)?|wants to do|wants to run|needs|did|has done|changed|made|does|is doing)'
const GOOD = '(?:good|fine|okay|ok|alright|all right|great|good to go|good to me|fine by me|fine with me|okay with me|okay for me)'
/** A yes is one of these, or several in a row. */
const ASSENT = `(?:yes|yeah|yep|yup|yes please|sure|sure thing|of course|absolutely|okay|ok|mhm|mm-?hm|uh[ -]?huh|alright|all right|fine|go|go ahead|go for it|do it|do that|do so|please do|(?:you (?:can|may) |let it )(?:do|run|merge|have) (?:it|that|this|so)|you (?:can|may)|let it|let it (?:run|go|go ahead)|looks ${GOOD}|(?:that|it|this) (?:looks|sounds) ${GOOD}(?: to me)?|sounds ${GOOD}|(?:that's|that is|it's|it is|this is|everything's|everything is) (?:all |totally |perfectly )?${GOOD}|fine by me|fine with me|works for me|i'm (?:fine|happy|okay|ok|good) with (?:it|that|this)|lgtm|approve|approved|allow|allowed|accept|accepted|confirm|confirmed|permit|ship|merge|run|execute|run it|run that|merge it|merge that|ship it|approve it|allow it|accept it|allow that|approve that)`
const NOT_DO = "(?:don't|do not|dont|never|you may not|you must not|you can't|you cannot)"
const DO = '(?:allow|approve|run|do|merge|accept|execute|ship|touch)'
const REFUSAL = `(?:no|nope|nah|no way|no thanks|no thank you|absolutely not|certainly not|definitely not|of course not|better not|rather not|i'd rather not|please don't|don't|do not|not (?:that|this|that one|this one)|${NOT_DO} ${DO}${IT}|${NOT_DO} let it(?: (?:do|run|merge|have))?${IT}|(?:it|that) (?:must not|may not|can't|cannot|shouldn't|should not|is not allowed to) (?:do|run|merge) (?:it|that|this)|i (?:don't|do not) (?:want|like) (?:it|that|this)|(?:that's|that is|it's|it is|this is) (?:way |much |far )?(?:too )?(?:dangerous|risky|wrong|not okay|not ok|not allowed|not good|not fine)|deny|denied|reject|rejected|refuse|refused|decline|declined|disallow|veto|discard|not allowed|cancel|throw (?:it|that) away|get rid of (?:it|that))`
const REFUSE = '(?:deny|reject|refuse|decline|discard|disallow|veto|throw away|get rid of|drop)'
const SEE =
  '(?:(?:show|give|send|let)(?: me)?(?: see)?|(?:can|could|may) (?:i|we)(?: please)? (?:see|have|get|look at|have a look at|take a look at)|let me (?:see|look at|have a look at|take a look at)|see|open|view|display|pull up|bring up|look at|have a look at|take a look at|check)'
const CHANGES = '(?:(?:the|all|its|all the|those|these|your) )?(?:diff|diffs|dif|div|difference|differences|changes|edits|code changes|changed files)'
const DID = '(?:changed|has changed|has been changed|changes|did|has done|was changed)'
/** What somebody at work does, as a question about it names it. */
const DOING =
  '(?: (?:do|does|doing|done|did|ask|asks|asking|asked|want|wants|need|needs|stop|stopped|stopping|run|running|fail|failed|wait|waits|waiting|change|changed|take so long|taking so long))?(?: to (?:do|run|change|know))?(?: me)?(?: for)?(?: that| it| this| so)?'
const WHO = '(?:TASK|it|that|this|you|he|she|they)'
const ALL = '(?<all>everything|all|all tasks|all the tasks|all of them|all of it|all agents|the whole lot|the lot|every task|everybody|everyone)'
const HALT = '(?:stop|halt|abort|kill|terminate|end|quit)'
const GOING = '(?:going|doing|getting on|coming along|looking|progressing)'
const BACK_TO =
  '(?:restore|(?:(?:go|roll|get|bring|take|put|set|switch|jump)(?: me| us| it| that| this| all| everything| things)? )?back to|return to|rewind(?: everything)? to|reset(?: it| all| everything| things)? to|revert(?: it| all| everything)? to|bring back|load)'
const AS_IT_WAS = '(?: how (?:it|things|everything) (?:was|were|looked)(?: at| in| with)?| (?:the state|the version) (?:of|at|from))?'
const PERIOD =
  'since|(?:in|over|within|during) (?:the|that|this)? ?(?:last|past|meantime|night|day|weekend|week|morning|afternoon|evening|meeting|break)|during|after|overnight|yesterday|today|this (?:morning|afternoon|evening|week|month)|while|the last|the past|last'

export const ENGLISH: Language = {
  before:
    /^(?:(?:hey|hi|hello|oh|ok|okay|alright|all right|so|well|um+|uh+|er|and|but|now|just|wait|sorry|listen|please|lugh|lou|lu|could you|can you|would you|will you|could we|can we|you can|you could|you may|we can|let's|go ahead and|i want you to|i need you to|i'd like you to|i would like you to|i want to|i'd like to|i would like to|i'd love to|i think)\b[,!.]? +)+/iu,
  after: /(?:[ ,]+(?:please|now|thanks|thank you|then|for now|lugh|for me|right now|right away|immediately|will you|would you|could you))+$/iu,
  tail: /(?:[ ,]+(?:okay|again|yet|already|anymore|any more|at the moment|real quick|really quick|quickly|so far|exactly|actually|today|just in case|if you can|for (?:a|one) (?:second|sec|minute|moment|bit|while)|(?:a|one) (?:second|sec|minute|moment|bit|while)|(?:i|we) (?:don't|do not) (?:need|want) (?:it|that|this)|(?:that's|it's|that is|it is) not needed))+$/iu,
  never: /(?<![\p{L}'])(?:no|not|never|nothing|dont|cannot|nope|nah|\p{L}+n't)(?![\p{L}'])/iu,
  inner: /[ ,]+(?:please|just|exactly|actually|maybe|quickly|really|guys|you know|then|also|again|ever)(?=[ ,])/giu,
  echoes: { approve: echo(ASSENT), deny: echo(REFUSAL) },
  rules: [
    rule('deny', `${NOT_DO} ${DO}${IT}${OF}`),
    rule('deny', `${NOT_DO} (?:let|allow) TASK(?: to)?(?: (?:do|run|merge|have))?${IT}`),
    rule('deny', `${REFUSAL}${IT}${OF}`, { not: /^cancel.*TASK/u }),
    rule('deny', `TASK (?:must not|may not|can't|cannot|shouldn't|should not|is not allowed to|isn't allowed to) (?:do|run|merge|have)${IT}`),
    rule('deny', `TASK (?:must not|may not|can't|cannot|shouldn't|should not|is not allowed to|isn't allowed to) (?:do|run|merge|have)${IT}`),
    rule('deny', `${REFUSE} (?:(?:the )?(?:request|command|plan|change|changes|review) (?:of|for|from) TASK|${ASKED})(?: ${REFUSAL})?`),
    rule('deny', `i (?:don't|do not) (?:want|like) (?:${ASKED}|TASK)(?:,? (?:and )?${REFUSAL})?`),
    rule('deny', `say no to (?:TASK|${ASKED})|tell TASK no`),
    rule('deny', `TASK(?: is|:|,)? (?:denied|rejected|refused|declined|not allowed|no)`),
    rule('approve', `${ASSENT}${IT}${OF}(?: into (?:main|master|the main branch))?`),
    rule(
      'approve',
      `(?:i )?(?:approve|allow|accept|confirm|merge|ship|permit|land|okay) (?:${ASKED}|TASK|number TASK)(?:'s (?:command|change|plan|request))?(?: into (?:main|master|the main branch))?`,
    ),
    rule(
      'approve',
      `(?:let|allow) TASK(?: to)? (?:do it|do that|do so|run|run it|run that|run (?:the|its|that) command|go|go ahead|merge|continue with it|proceed with it)`,
    ),
    rule(
      'approve',
      `(?:say yes to|give (?:the okay|the go ahead|a yes|the green light) to|i'm (?:fine|happy|okay|ok|good) with) (?:TASK|${ASKED})|tell TASK (?:yes|to go ahead)|give TASK (?:the okay|the go ahead|a yes|the green light)`,
    ),
    rule(
      'approve',
      `(?:TASK|${ASKED})(?: is| looks| sounds|:|,)?(?: all)? (?:${GOOD}(?: to me)?|approved|allowed|accepted|yes|go|go ahead|(?:can|may) (?:run|go ahead|go|do (?:it|that|so)|run (?:it|that|its command|the command|that command)|merge|be merged))`,
    ),
    rule('approve', `(?:TASK|${ASKED}) ${ASSENT}`),
    rule('diff', `(?:${SEE} )?${CHANGES}${OF}|${SEE} (?:the|that) change${OF}`),
    rule('diff', `${SEE} what(?: exactly)? (?:TASK|it|you|they) ${DID}|show(?: me)? what changed`),
    rule(
      'diff',
      `what (?:has |did )?(?:TASK|it) (?:changed?|touch(?:ed)?|edit(?:ed)?|do to the code)|what(?: has|'s| was)? changed(?: (?:in|by|for) TASK)?`,
    ),
    rule('diff', `(?:what|which) files? (?:did|has|have|were) (?:TASK|it|you|they)? ?(?:touch|change|edit)(?:ed|d)?(?: by TASK)?`),
    rule(
      'diff',
      `what (?:does|do) (?:the|that|its) (?:change|changes|diff)${OF} look like|how (?:does|do) (?:the|that|its) (?:change|changes|diff)${OF} look`,
    ),
    rule(
      'why',
      `(?:(?:explain|tell me|say)(?: to me)? )?(?:why|how come|what for)(?: (?:(?:is|was|does|did|do|are|has|have|would) )?${WHO}${DOING}| is that so)?|why TASK`,
    ),
    rule(
      'why',
      `explain${IT}${OF}|what's the reason(?: (?:for|behind) (?:TASK|it|that|this|${ASKED}))?|what is the reason(?: (?:for|behind) (?:TASK|it|that|this|${ASKED}))?`,
    ),
    rule(
      'status',
      `(?:(?:(?:show|give|tell|get)(?: me)? )?(?:(?:the|a|an|your) )?(?:quick |short |brief |current )?(?:status|state of things|overview|progress)(?: update| report)?|report|status report|(?:give me|any) (?:an |a quick |a short )?updates?|what's up|(?:what's|what is) (?:the|your) (?:current )?(?:status|state|progress)|how (?:is|are) (?:it|things|everything|we|you|all)(?: ${GOING})?(?: with (?:everything|it|that|all that))?|how's (?:it|everything|that|all)(?: ${GOING})?(?: with (?:everything|it|that|all that))?|where (?:are we|do we stand)(?: at)?|how far(?: along)? (?:are (?:you|we)|is it)|(?:what's|what is) (?:running|going on|happening|cooking|left|open|still open|pending|waiting)(?: to do| for me)?|what are you(?: guys| all)? (?:doing|working on|up to)|what (?:needs|wants) me|what do you need from me|do you need (?:me|anything)(?: from me)?|(?:does|is there) anything (?:need|waiting for) me|is (?:anything|something)(?: still)? (?:running|waiting|left|open|pending)(?: for me| to do)?|anything(?: waiting)? for me|are you(?: guys| all)?(?: still)? (?:working|busy|running|there|done|finished|ready|at it)(?: on it| on that)?|is (?:it|everything|all|that)(?: still)? (?:done|finished|ready|running|working))${OF}`,
    ),
    rule('status', `(?:what is|what's) TASK (?:doing|up to|working on|at)|what about TASK(?: how's (?:it|that) ${GOING})?|where is TASK(?: at)?`),
    rule('status', `how(?: is|'s| far is| far along is| far) TASK(?: (?:${GOING}|along))?`),
    rule(
      'status',
      `is TASK(?: still)? (?:done|finished|ready|running|working|stuck|through|over|waiting|at it)|has TASK (?:finished|ended|started|landed|begun)|did TASK (?:finish|end|start)|any (?:news|progress|updates?) (?:on|from|of|with) TASK`,
    ),
    rule(
      'stop',
      `${HALT}(?: ${ALL})?(?: it| that| this| working| work| the task| the agent| the run)?${OF}|cancel TASK|cancel ${ALL}|${ALL} stop|TASK stop`,
    ),
    rule(
      'stop',
      `TASK (?:can|should|must|has to) (?:stop|end|be stopped|be cancelled|be aborted)|(?:tell|ask) (?:TASK|${ALL}) to (?:stop|halt|end)|make TASK stop|i want TASK (?:stopped|to stop)`,
    ),
    rule(
      'pause',
      `(?:pause|hold|hold on|hang on|suspend|wait|take a break|hold it|freeze|(?:give me|just) a (?:second|sec|minute|moment))(?: it| that| this| the task| the agent)?${OF}|(?:put|keep) (?:TASK|it|that|this) on hold|(?:let|make) TASK (?:wait|pause|rest)|TASK (?:can|should|must|has to) (?:wait|pause)|(?:tell|ask) TASK to (?:wait|pause|hold on)`,
    ),
    rule(
      'resume',
      `(?:resume|continue|go on|carry on|unpause|keep going|proceed|start again|keep working|pick it up again)(?: it| that| this| the task| working| the work)?(?: with the task| with it)?${OF}|(?:let|make) TASK (?:go on|continue|carry on|resume|keep going|keep working)|TASK (?:can|may|should) (?:go on|continue|carry on|resume|keep going|keep working|be resumed)|pick (?:up TASK|TASK up)|(?:tell|ask) TASK to (?:go on|continue|carry on|keep going)`,
    ),
    rule(
      'undo',
      `(?:oh )?(?:no,? )?(?:undo|revert|roll back|rollback|take back|reverse)(?: it| that| this| what you did|(?: (?:the|that|this|your) (?:last |latest )?(?:merge|change|changes|one|thing|step)))?${OF}|(?:oh )?(?:no,? )?(?:take|roll) (?:it|that|this|TASK) back|(?:undo|revert|roll back|take back) (?:${ASKED}|the merge of TASK)`,
    ),
    rule(
      'checkpoint',
      '(?:(?:make|take|save|create|set|do) (?:a |me a |a new |another )?)?(?:checkpoint|snapshot)(?:(?:,|:)? (?<words1>(?:before|after|for) .+)|(?:,|:)?(?: and)? (?:named|called|call it|name it) (?<words2>.+)|: ?(?<words3>.+))?',
    ),
    rule('checkpoint', 'save (?:everything|it all|where we are|the state|the current state|this state)'),
    rule('restore', `${BACK_TO}${AS_IT_WAS}(?: the)? CHECKPOINT|bring CHECKPOINT back`),
    rule(
      'restore',
      `${BACK_TO}(?: how (?:it|things|everything) (?:was|were))?(?: the)?(?: (?:checkpoint|state|point))? (?<words1>(?:before|after) (?!you |we |i |it |they |that |this |what ).+)|${BACK_TO}(?: the)? checkpoint (?:named |called )(?<words2>.+)`,
    ),
    rule('restore', '(?:restore|go back to|return to|roll back to) (?:a|the|the last|the latest|an earlier|an old|the previous|my last) checkpoint'),
    rule(
      'new',
      '(?:(?:start|create|add|make|open|begin|queue)(?: me)? )?(?:a |an |one )?(?:new|another) task(?: for (?:you|it))?(?:[:,.]| to| that should| which should)?(?: please)? (?<words>.{3,})',
    ),
    rule('new', '(?:start|create|make|open|begin|queue) a task(?:[:,.]| to| that should| which should)? (?<words>.{3,})'),
    rule(
      'tell',
      "(?:tell|inform|message|remind|ask|let)(?: the)?(?: agent (?:of|on))? TASK(?:'s agent)?(?: know)?[:,.]?(?: to| that)? (?<words>.{2,})|say to TASK[:,.]?(?: that)? (?<words2>.{2,})",
    ),
    rule(
      'since',
      `(?:(?:tell|show)(?: me)? )?what(?:'s| has| have| is| was| did| got)?(?: i| you| we| they)?(?: (?:happened|happen|been happening|been going on|gone on|new|changed|miss|missed|been done|got done|do|done|finished))(?: here)? (?<words>(?:${PERIOD})\\b.*)`,
    ),
    rule(
      'since',
      "what happened|what (?:did i|have i|i) miss(?:ed)?|what is new|what's new|(?:catch me up|fill me in)(?: on (?<words>(?!what i missed).+))?|(?:catch me up|fill me in) on what i missed|bring me up to (?:date|speed)",
    ),
    rule(
      'since',
      `(?:(?:show|tell|give)(?: me)? )?(?:(?:a |the )?(?:quick |short |brief )?(?:summary|rundown|recap|digest)|what happened|what's new|everything|the news) (?<words>(?:since|of the|of (?!what i missed)|from|in the).+)|(?:(?:show|tell|give)(?: me)? )?(?:a |the )?(?:quick |short |brief )?(?:summary|rundown|recap|digest)(?: of what (?:i missed|happened))?`,
    ),
  ],
  small:
    "i you he she it we they me him her us them my your his its our their a an the this that these those and or but if so as to of for on in at by with from into out up down over about is are was were be been being am do does did done doing have has had can could will would should may might must let's what's that's it's i'm you're there here now then still yet just only also too very really quite some any all none nothing anything something everything what who where when why how which not no yes well back again more left around after before one ones thing things guys people get got go going".split(
      ' ',
    ),
  verbs:
    'approve allow deny reject stop halt abort pause resume continue undo revert restore merge discard cancel kill confirm checkpoint tell diff status'.split(
      ' ',
    ),
}
